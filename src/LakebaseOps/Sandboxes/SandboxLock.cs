using System.Diagnostics;

namespace LakebaseOps.Sandboxes;

/// <summary>Lets one process at a time start, stop or clean the sandboxes of a parent folder.</summary>
internal static class SandboxLock
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>Waits for the lock; disposing the result, or the end of the process, gives it back.</summary>
    /// <exception cref="LakebaseException">ResourceBusy after three minutes, PathNotWritable.</exception>
    public static async Task<IDisposable> TakeAsync(string parent, CancellationToken cancellationToken)
    {
        // One file for all names, and never removed: removing a lock file lets two processes hold "the" lock.
        string file = Path.Combine(parent, ".lock");
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                CreateParent(parent);
                return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (Exception exception) when (exception is UnauthorizedAccessException or DirectoryNotFoundException or PathTooLongException)
            {
                throw new LakebaseError(ErrorIds.PathNotWritable, LakebaseErrorKind.Permission,
                    $"Sandboxes cannot be kept in '{parent}': {exception.Message}")
                { Target = parent, Cause = exception, Remedy = "Choose a folder with -Path that this account may write." }.ToException();
            }
            catch (IOException exception) when (Stopwatch.GetElapsedTime(start) > Patience)
            {
                throw new LakebaseError(ErrorIds.ResourceBusy, LakebaseErrorKind.Busy,
                    $"Another process has been starting or stopping a sandbox in '{parent}' for minutes.")
                { Target = file, Cause = exception, Remedy = "End that process, or choose another -Path." }.ToException();
            }
            catch (IOException)
            {
                await Task.Delay(25, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    // The server's account must be able to pass through, whatever this process's umask is.
    private static void CreateParent(string parent)
    {
        if (Directory.Exists(parent))
            return;
        if (Path.GetDirectoryName(parent) is string above)
            CreateParent(above);
        Directory.CreateDirectory(parent);
        if (ServerProgram.ServerAccount is not null && !OperatingSystem.IsWindows())
            File.SetUnixFileMode(parent, (UnixFileMode)0b111_101_101);
    }
}
