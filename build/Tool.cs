using System.ComponentModel;
using System.Diagnostics;

namespace LakebaseOps.Build;

/// <summary>Runs other programs with their output on this console.</summary>
internal static class Tool
{
    /// <summary>Runs a program in the repository's root; its exit code, or 127 when it is not installed.</summary>
    /// <param name="program">Its name or path.</param>
    /// <param name="arguments">Its arguments, unquoted.</param>
    /// <param name="cancellationToken">Stops waiting for it.</param>
    /// <param name="quiet">Drop its standard output.</param>
    public static async Task<int> RunAsync(
        string program, IEnumerable<string> arguments, CancellationToken cancellationToken, bool quiet = false)
    {
        ProcessStartInfo start = new(program)
        {
            WorkingDirectory = Repository.Root,
            UseShellExecute = false,
            RedirectStandardOutput = quiet,
        };
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        try
        {
            using Process process = Process.Start(start)!;
            if (quiet)
                await process.StandardOutput.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return process.ExitCode;
        }
        catch (Win32Exception)
        {
            return 127;
        }
    }

    /// <summary>True when the program is found in PATH.</summary>
    public static bool Exists(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator)
        .Any(folder => File.Exists(Path.Combine(folder, program)) || File.Exists(Path.Combine(folder, program + ".exe")));
}
