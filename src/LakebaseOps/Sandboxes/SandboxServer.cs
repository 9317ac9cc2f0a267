using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace LakebaseOps.Sandboxes;

/// <summary>Starts and stops sandboxes.</summary>
public static class SandboxServer
{
    private const string Superuser = "lakebase";

    /// <summary>
    /// Starts a sandbox, or answers the one that runs already under that name. First removes every ephemeral sandbox
    /// under the same parent folder whose owner has died.
    /// </summary>
    /// <exception cref="LakebaseException">BinariesNotFound, SandboxFailed, InvalidName.</exception>
    public static async Task<LakebaseSandbox> StartAsync(StartSandboxOptions options, CancellationToken cancellationToken)
    {
        SandboxFolder folder = SandboxFolder.Of(options.Path, options.Name ?? "default");
        await RemoveOrphansAsync(options.Path, cancellationToken).ConfigureAwait(false);
        if (folder.Read() is { State: "Running" } running)
            return running;

        PostgresBinaries binaries = await PostgresBinaries
            .FindAsync(options.BinPath, options.Version ?? DataVersion(folder), cancellationToken).ConfigureAwait(false);
        int port = options.Port ?? FreePort();
        try
        {
            if (!File.Exists(Path.Combine(folder.Data, "PG_VERSION")))
                await InitializeAsync(folder, binaries, cancellationToken).ConfigureAwait(false);
            string settings = string.Join('\n', Settings(folder, port, options).Select(
                pair => $"{pair.Key} = '{pair.Value.Replace("'", "''", StringComparison.Ordinal)}'"));
            await File.WriteAllTextAsync(Path.Combine(folder.Data, "postgresql.auto.conf"), settings + "\n", cancellationToken)
                .ConfigureAwait(false);
            ProgramResult started = await ServerProgram.RunAsServerAsync(
                binaries.Program("pg_ctl"), ["-D", folder.Data, "-l", folder.Log, "-w", "-t", "60", "start"], cancellationToken)
                .ConfigureAwait(false);
            if (started.ExitCode != 0 || folder.ServerProcessId() == 0)
                throw Failed(folder, started.Output);
        }
        catch when (options.Ephemeral)
        {
            await RemoveAsync(folder, CancellationToken.None).ConfigureAwait(false);
            throw;
        }

        LakebaseSandbox sandbox = new()
        {
            Name = Path.GetFileName(folder.Path),
            State = "Running",
            Version = binaries.Version,
            Host = "127.0.0.1",
            Port = port,
            Username = Superuser,
            Path = folder.Path,
            BinPath = binaries.Path,
            ProcessId = folder.ServerProcessId(),
            OwnerProcessId = options.Ephemeral ? Environment.ProcessId : 0,
            IsEphemeral = options.Ephemeral,
            StartedAt = DateTimeOffset.UtcNow,
        };
        folder.Write(sandbox);
        return sandbox;
    }

    /// <summary>Stops a sandbox; removes its data when it is ephemeral or when asked to.</summary>
    /// <exception cref="LakebaseException">SandboxNotFound, SandboxFailed.</exception>
    public static async Task<LakebaseSandbox> StopAsync(SandboxOptions options, CancellationToken cancellationToken)
    {
        SandboxFolder folder = SandboxFolder.Of(options.Path, options.Name ?? "default");
        LakebaseSandbox sandbox = folder.Read() ?? throw folder.NotFound().ToException();
        await StopServerAsync(folder, sandbox, cancellationToken).ConfigureAwait(false);
        if (sandbox.IsEphemeral || options.RemoveData)
            await RemoveAsync(folder, cancellationToken).ConfigureAwait(false);
        return sandbox with { State = "Stopped", ProcessId = 0 };
    }

    private static async Task RemoveOrphansAsync(string? parent, CancellationToken cancellationToken)
    {
        foreach (SandboxFolder folder in SandboxFolder.All(parent))
        {
            if (folder.Read() is not { IsEphemeral: true } orphan || ServerProgram.IsAlive(orphan.OwnerProcessId))
                continue;
            await StopServerAsync(folder, orphan, cancellationToken).ConfigureAwait(false);
            await RemoveAsync(folder, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task StopServerAsync(SandboxFolder folder, LakebaseSandbox sandbox, CancellationToken cancellationToken)
    {
        if (folder.ServerProcessId() == 0)
            return;
        PostgresBinaries binaries = new(sandbox.BinPath, sandbox.Version);
        ProgramResult stopped = await ServerProgram.RunAsServerAsync(
            binaries.Program("pg_ctl"), ["-D", folder.Data, "-m", "fast", "-w", "-t", "60", "stop"], cancellationToken)
            .ConfigureAwait(false);
        if (folder.ServerProcessId() != 0)
            throw Failed(folder, stopped.Output);
    }

    private static async Task InitializeAsync(SandboxFolder folder, PostgresBinaries binaries, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder.Path);
        await File.WriteAllTextAsync(folder.Password, Convert.ToHexString(RandomNumberGenerator.GetBytes(24)), cancellationToken)
            .ConfigureAwait(false);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(folder.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            File.SetUnixFileMode(folder.Password, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        if (ServerProgram.ServerAccount is string account)
            await ServerProgram.RunAsync("chown", ["-R", account, folder.Path], cancellationToken).ConfigureAwait(false);
        ProgramResult created = await ServerProgram.RunAsServerAsync(
            binaries.Program("initdb"),
            [
                "-D", folder.Data, "-U", Superuser, "--pwfile", folder.Password, "--auth=scram-sha-256",
                "--encoding=UTF8", "--locale=C", "--no-instructions",
            ],
            cancellationToken).ConfigureAwait(false);
        if (created.ExitCode != 0)
            throw Failed(folder, created.Output);
    }

    private static Dictionary<string, string> Settings(SandboxFolder folder, int port, StartSandboxOptions options)
    {
        Dictionary<string, string> settings = new(StringComparer.OrdinalIgnoreCase)
        {
            ["listen_addresses"] = "127.0.0.1",
            ["port"] = port.ToString(System.Globalization.CultureInfo.InvariantCulture),
            // A socket's path holds at most about 100 bytes, so it lies in the data folder only when that is short.
            ["unix_socket_directories"] = OperatingSystem.IsWindows() || folder.Data.Length > 80 ? "" : folder.Data,
            ["shared_buffers"] = "512MB",
            ["max_wal_size"] = "8GB",
            ["checkpoint_timeout"] = "15min",
            ["wal_compression"] = "off",
            ["max_connections"] = "200",
            ["shared_preload_libraries"] = "pg_stat_statements",
        };
        if (options.Ephemeral)
        {
            // Its data are gone with its owner anyway: waiting for the disk would protect nothing.
            settings["fsync"] = "off";
            settings["synchronous_commit"] = "off";
            settings["full_page_writes"] = "off";
        }

        foreach ((string name, string value) in options.Settings)
            settings[name] = value;
        return settings;
    }

    private static async Task RemoveAsync(SandboxFolder folder, CancellationToken cancellationToken)
    {
        for (int attempt = 0; Directory.Exists(folder.Path); attempt++)
        {
            try
            {
                Directory.Delete(folder.Path, recursive: true);
            }
            catch (IOException) when (attempt < 20)
            {
                // A backend that is just ending can still write a file.
                await Task.Delay(100, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static int? DataVersion(SandboxFolder folder)
    {
        string file = Path.Combine(folder.Data, "PG_VERSION");
        return File.Exists(file) && int.TryParse(File.ReadAllText(file).Trim(), out int major) ? major : null;
    }

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static LakebaseException Failed(SandboxFolder folder, string output)
    {
        string log = File.Exists(folder.Log) ? string.Join('\n', File.ReadLines(folder.Log).TakeLast(10)) : "";
        return new LakebaseError(ErrorIds.SandboxFailed, LakebaseErrorKind.Unavailable,
            $"The PostgreSQL server of the sandbox did not do as told. {output}\n{log}".Trim())
        { Target = folder.Path, Remedy = $"See {folder.Log}; free the port or the disk, then start it again." }.ToException();
    }
}
