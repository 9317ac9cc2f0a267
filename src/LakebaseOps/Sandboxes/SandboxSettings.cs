using System.Globalization;
using System.Text.RegularExpressions;

namespace LakebaseOps.Sandboxes;

/// <summary>The settings a sandbox's server starts with: ours, then the user's; ALTER SYSTEM overrides both.</summary>
internal static partial class SandboxSettings
{
    /// <summary>The file within the data directory.</summary>
    public const string FileName = "lakebase.conf";

    /// <summary>Writes the file.</summary>
    /// <exception cref="LakebaseException">InvalidArgument: a setting that would open the server, or no setting at all.</exception>
    public static async Task WriteAsync(
        SandboxFolder folder, PostgresBinaries binaries, int port, StartSandboxOptions options, CancellationToken cancellationToken)
    {
        Dictionary<string, string> settings = new(StringComparer.OrdinalIgnoreCase)
        {
            ["listen_addresses"] = "127.0.0.1",
            ["port"] = port.ToString(CultureInfo.InvariantCulture),
            // A socket's path holds at most about 100 bytes, so it lies in the data folder only when that is short.
            ["unix_socket_directories"] = OperatingSystem.IsWindows() || folder.Data.Length > 80 ? "" : folder.Data,
            ["password_encryption"] = "scram-sha-256",
            ["lc_messages"] = "C",
            ["shared_buffers"] = "512MB",
            ["max_wal_size"] = "8GB",
            ["checkpoint_timeout"] = "15min",
            ["wal_compression"] = "off",
            ["max_connections"] = "200",
        };
        if (binaries.HasLibrary("pg_stat_statements"))
            settings["shared_preload_libraries"] = "pg_stat_statements";
        if (options.Ephemeral)
        {
            // Its data are gone with its owner anyway: waiting for the disk would protect nothing.
            settings["fsync"] = "off";
            // Commits stay synchronous: without fsync that costs a write, and VACUUM can call fresh pages all-visible.
            settings["full_page_writes"] = "off";
        }

        foreach ((string name, string value) in options.Settings)
            settings[name] = value;
        string file = Path.Combine(folder.Data, FileName);
        await File.WriteAllTextAsync(
            file,
            string.Concat(settings.Select(pair => $"{pair.Key} = '{pair.Value.Replace("'", "''", StringComparison.Ordinal)}'\n")),
            cancellationToken).ConfigureAwait(false);
        await SandboxData.GiveToServerAsync(file, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Refuses settings before anything is made for them.</summary>
    public static void Require(IReadOnlyDictionary<string, string> settings)
    {
        foreach ((string name, string value) in settings)
        {
            string? fault = name.ToLowerInvariant() switch
            {
                "listen_addresses" => "a sandbox listens on loopback alone",
                "port" => "the port is given by -Port",
                _ when !NamePattern().IsMatch(name) => "it is no name of a setting",
                _ when value.AsSpan().IndexOfAny('\n', '\r', '\0') >= 0 => "its value holds a line end",
                _ => null,
            };
            if (fault is not null)
            {
                throw new LakebaseError(ErrorIds.InvalidArgument, LakebaseErrorKind.InvalidArgument,
                    $"The setting '{name}' cannot be given: {fault}.")
                { Target = name, Remedy = "Leave it out of -Settings." }.ToException();
            }
        }
    }

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_.]*$")]
    private static partial Regex NamePattern();
}
