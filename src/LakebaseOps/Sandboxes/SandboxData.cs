using System.Globalization;
using System.Security.Cryptography;

namespace LakebaseOps.Sandboxes;

/// <summary>Makes and removes what lies in a sandbox's folder.</summary>
internal static class SandboxData
{
    /// <summary>Makes the folder itself, closed to every other account.</summary>
    public static async Task CreateFolderAsync(SandboxFolder folder, CancellationToken cancellationToken)
    {
        if (Directory.Exists(folder.Path) && folder.ReadRecord() is null && Directory.EnumerateFileSystemEntries(folder.Path).Any())
        {
            throw new LakebaseError(ErrorIds.SandboxConflict, LakebaseErrorKind.Exists,
                $"'{folder.Path}' exists, is not empty and is no sandbox.")
            { Target = folder.Path, Remedy = "Choose another name or another -Path." }.ToException();
        }

        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder.Path);
        else
            Directory.CreateDirectory(folder.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await GiveToServerAsync(folder.Path, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Makes the data directory if there is none. initdb works beside it and the finished directory is renamed, so that a
    /// crash leaves nothing that could be taken for data.
    /// </summary>
    public static async Task InitializeAsync(
        SandboxFolder folder, PostgresBinaries binaries, bool ephemeral, CancellationToken cancellationToken)
    {
        foreach (string partial in Directory.EnumerateDirectories(folder.Path)
            .Where(path => Path.GetFileName(path).StartsWith("draft-", StringComparison.Ordinal)))
            await DeleteAsync(partial, cancellationToken).ConfigureAwait(false);
        if (Directory.Exists(folder.Data))
            return;
        await WritePasswordAsync(folder, cancellationToken).ConfigureAwait(false);
        string output = "";
        foreach (string[] locale in Locales(binaries.Version.Major))
        {
            string draft = Path.Combine(folder.Path, $"draft-{Guid.NewGuid():N}");
            ProgramResult created = await ServerProgram.RunAsServerAsync(
                binaries.Program("initdb"),
                [
                    "-D", draft, "-U", SandboxServer.Superuser, "--pwfile", folder.Password, "--auth=scram-sha-256",
                    "--encoding=UTF8", .. locale, "--no-instructions", .. ephemeral ? ["--no-sync"] : Array.Empty<string>(),
                ],
                cancellationToken).ConfigureAwait(false);
            if (created.ExitCode == 0)
            {
                await File.AppendAllTextAsync(
                    Path.Combine(draft, "postgresql.conf"), $"\ninclude_if_exists = '{SandboxSettings.FileName}'\n", cancellationToken)
                    .ConfigureAwait(false);
                Directory.Move(draft, folder.Data);
                return;
            }

            output = created.Output;
            await DeleteAsync(draft, cancellationToken).ConfigureAwait(false);
        }

        throw SandboxServer.Failed(folder, output);
    }

    /// <summary>Major version of the data; null when there are none.</summary>
    public static int? Version(SandboxFolder folder)
    {
        string file = Path.Combine(folder.Data, "PG_VERSION");
        return File.Exists(file) && int.TryParse(File.ReadAllText(file).Trim(), CultureInfo.InvariantCulture, out int major) ? major : null;
    }

    /// <summary>Hands a file or folder to the account that the server runs under.</summary>
    public static async Task GiveToServerAsync(string path, CancellationToken cancellationToken)
    {
        if (ServerProgram.ServerAccount is string account)
            await ServerProgram.RunAsync("chown", [account, path], cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Removes a folder with all it holds.</summary>
    /// <exception cref="LakebaseException">PathNotWritable.</exception>
    public static async Task DeleteAsync(string path, CancellationToken cancellationToken)
    {
        for (int attempt = 0; Directory.Exists(path); attempt++)
        {
            try
            {
                Directory.Delete(path, recursive: true);
            }
            catch (DirectoryNotFoundException)
            {
                // A backend that is just ending removes its own files meanwhile; look again.
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException && attempt < 40)
            {
                await Task.Delay(50, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                throw new LakebaseError(ErrorIds.PathNotWritable, LakebaseErrorKind.Permission,
                    $"'{path}' could not be removed: {exception.Message}")
                { Target = path, Cause = exception, Remedy = "Close what uses it, then remove the folder." }.ToException();
            }
        }
    }

    // C.UTF-8 is Lakebase's collation; PostgreSQL brings it itself from 17 on, before that the system must have it.
    private static IEnumerable<string[]> Locales(int major)
    {
        if (major >= 17)
            yield return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"];
        yield return ["--locale=C.UTF-8"];
        yield return ["--locale=C"];
    }

    private static async Task WritePasswordAsync(SandboxFolder folder, CancellationToken cancellationToken)
    {
        File.Delete(folder.Password);
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        StreamWriter writer = new(folder.Password, options);
        await using (writer.ConfigureAwait(false))
            await writer.WriteAsync(Convert.ToHexString(RandomNumberGenerator.GetBytes(24))).ConfigureAwait(false);
        await GiveToServerAsync(folder.Password, cancellationToken).ConfigureAwait(false);
    }
}
