using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using LakebaseOps.Connections;
using Npgsql;

namespace LakebaseOps.Dumps.Definitions;

/// <summary>pg_dump of this machine.</summary>
internal static partial class PgDumpProgram
{
    private static readonly string[] Folders = OperatingSystem.IsWindows() ? [@"C:\Program Files\PostgreSQL"] : ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt"];

    /// <summary>Where Linux keeps the authorities that it trusts; the word "system" is understood from version 16 on.</summary>
    private const string SystemAuthorities = "/etc/ssl/certs/ca-certificates.crt";

    /// <summary>The newest pg_dump that can read a server; the one on PATH before all others.</summary>
    /// <exception cref="LakebaseException">PgDumpNotFound.</exception>
    public static async Task<string> FindAsync(int serverMajor, CancellationToken cancellationToken)
    {
        string name = OperatingSystem.IsWindows() ? "pg_dump.exe" : "pg_dump";
        IEnumerable<string> paths = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Concat(Folders.Where(Directory.Exists).SelectMany(folder => Directory.EnumerateDirectories(folder).OrderDescending().Select(one => Path.Combine(one, "bin"))));
        List<string> found = [];
        foreach (string path in paths.Select(folder => Path.Combine(folder, name)).Where(File.Exists).Distinct())
        {
            (int code, string version, _) = await RunAsync(path, ["--version"], [], cancellationToken).ConfigureAwait(false);
            if (code != 0 || !Version().IsMatch(version))
                continue;
            int major = int.Parse(Version().Match(version).Value, CultureInfo.InvariantCulture);
            if (major >= serverMajor)
                return path;
            found.Add($"{path} is of version {major}");
        }

        throw new LakebaseError(ErrorIds.PgDumpNotFound, LakebaseErrorKind.NotFound,
            $"No pg_dump of version {serverMajor} or later is on this machine{(found.Count == 0 ? "" : $": {string.Join(", ", found)}")}.")
        { Target = "pg_dump", Remedy = $"Install the client programs of PostgreSQL {serverMajor}, put them on PATH, or use -Method Managed." }.ToException();
    }

    /// <summary>The definition of one section as text, read in another transaction's snapshot.</summary>
    /// <exception cref="LakebaseException">PgDumpFailed.</exception>
    public static async Task<string> DumpAsync(
        string program, PostgresSession session, NpgsqlConnection connection, string? password, string snapshot, string section, CancellationToken cancellationToken)
    {
        NpgsqlConnectionStringBuilder settings = new(connection.ConnectionString);
        Dictionary<string, string?> environment = new()
        {
            // A name on the command line that has "=" in it is taken for connection settings.
            ["PGDATABASE"] = session.Database,
            ["PGPASSWORD"] = password,
            ["PGPASSFILE"] = settings.Passfile ?? Environment.GetEnvironmentVariable("PGPASSFILE"),
            ["PGOPTIONS"] = settings.Options,
            ["PGGSSENCMODE"] = settings.GssEncryptionMode.ToString().ToLowerInvariant(),
            ["PGAPPNAME"] = "LakebaseOps",
            ["PGSSLMODE"] = settings.SslMode switch { SslMode.VerifyCA => "verify-ca", SslMode.VerifyFull => "verify-full", SslMode mode => mode.ToString().ToLowerInvariant() },
            ["PGSSLROOTCERT"] = settings.RootCertificate ?? (settings.SslMode is not (SslMode.VerifyCA or SslMode.VerifyFull) ? null
                : File.Exists(SystemAuthorities) ? SystemAuthorities : "system"),
            ["PGSSLCERT"] = settings.SslCertificate,
            ["PGSSLKEY"] = settings.SslKey,
            ["LC_ALL"] = "C",
        };
        (int code, string text, string errors) = await RunAsync(
            program,
            [
                "--schema-only", $"--section={section}", $"--snapshot={snapshot}", "--no-tablespaces", "--encoding=UTF8", "--no-password",
                $"--host={session.Host}", $"--port={session.Port.ToString(CultureInfo.InvariantCulture)}", $"--username={session.Username}",
            ],
            environment, cancellationToken).ConfigureAwait(false);
        if (code == 0)
            return text;
        throw new LakebaseError(ErrorIds.PgDumpFailed, LakebaseErrorKind.InvalidState, $"pg_dump ended with code {code}: {errors.Trim()}")
        { Target = program, Remedy = "Correct what pg_dump says, or use -Method Managed." }.ToException();
    }

    private static async Task<(int Code, string Output, string Errors)> RunAsync(
        string program, IEnumerable<string> arguments, Dictionary<string, string?> environment, CancellationToken cancellationToken)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, StandardOutputEncoding = System.Text.Encoding.UTF8 };
        // What other programs are told of their servers does not hold for ours.
        foreach (string name in start.Environment.Keys.Where(name => name.StartsWith("PG", StringComparison.OrdinalIgnoreCase)).ToArray())
            start.Environment.Remove(name);
        foreach ((string name, string? value) in environment)
        {
            if (!string.IsNullOrEmpty(value))
                start.Environment[name] = value;
        }

        try
        {
            using Process process = Process.Start(start)!;
            try
            {
                Task<string> errors = process.StandardError.ReadToEndAsync(cancellationToken);
                string output = await process.StandardOutput.ReadToEndAsync(cancellationToken).ConfigureAwait(false);
                await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
                return (process.ExitCode, output, await errors.ConfigureAwait(false));
            }
            catch
            {
                process.Kill(entireProcessTree: true);
                // Its connection and the snapshot it reads in end with it.
                await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
                throw;
            }
        }
        catch (Win32Exception exception)
        {
            return (-1, "", exception.Message);
        }
    }

    [GeneratedRegex(@"(?<=\) )\d+")]
    private static partial Regex Version();
}
