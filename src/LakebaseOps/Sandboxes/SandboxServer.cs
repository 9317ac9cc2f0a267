using System.Net;
using System.Net.Sockets;
using LakebaseOps.Connections;

namespace LakebaseOps.Sandboxes;

/// <summary>Starts and stops sandboxes.</summary>
public static class SandboxServer
{
    internal const string Superuser = "lakebase";

    /// <summary>
    /// Starts a sandbox, or answers the one that runs already under that name. First removes every ephemeral sandbox
    /// under the same parent folder whose owner has died.
    /// </summary>
    /// <exception cref="LakebaseException">BinariesNotFound, SandboxFailed, SandboxConflict, InvalidName, InvalidArgument.</exception>
    public static async Task<LakebaseSandbox> StartAsync(StartSandboxOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        SandboxFolder folder = SandboxFolder.Of(options.Path, options.Name ?? "default");
        SandboxSettings.Require(options.Settings);
        using IDisposable held = await SandboxLock.TakeAsync(folder.Parent, cancellationToken).ConfigureAwait(false);
        await RemoveOrphansAsync(options.Path, cancellationToken).ConfigureAwait(false);
        LakebaseSandbox? former = folder.Read();
        RequireFit(folder, former, options);
        if (former is { State: "Running" })
            return former;
        PostgresBinaries binaries = await PostgresBinaries
            .FindAsync(options.BinPath, SandboxData.Version(folder) ?? options.Version, cancellationToken).ConfigureAwait(false);
        await SandboxData.CreateFolderAsync(folder, cancellationToken).ConfigureAwait(false);
        LakebaseSandbox sandbox = new()
        {
            Name = folder.Name,
            State = "Starting",
            Version = binaries.Version,
            Host = "127.0.0.1",
            Port = 0,
            Username = Superuser,
            Path = folder.Path,
            BinPath = binaries.Path,
            ProcessId = 0,
            OwnerProcessId = options.Ephemeral ? Environment.ProcessId : 0,
            IsEphemeral = options.Ephemeral,
            StartedAt = DateTimeOffset.UtcNow,
        };
        ProcessStamp? owner = options.Ephemeral ? ProcessStamp.Own : null;
        try
        {
            // Written before anything else, so that whoever comes after a crash knows what this was.
            folder.Write(new SandboxRecord(sandbox, owner, null));
            await SandboxData.InitializeAsync(folder, binaries, options.Ephemeral, cancellationToken).ConfigureAwait(false);
            (int port, ProcessStamp server) = await LaunchAsync(folder, binaries, options, cancellationToken).ConfigureAwait(false);
            sandbox = sandbox with { State = "Running", Port = port, ProcessId = server.Id };
            folder.Write(new SandboxRecord(sandbox, owner, server));
            PostgresSession proof = await SessionFactory
                .ConnectAsync(SandboxConnection.Options(sandbox), cancellationToken).ConfigureAwait(false);
            await proof.DisposeAsync().ConfigureAwait(false);
        }
        catch
        {
            await EndAsync(folder, sandbox.BinPath, options.Ephemeral, CancellationToken.None).ConfigureAwait(false);
            throw;
        }

        if (options.Ephemeral)
            OwnedSandboxes.Add(folder);
        return sandbox;
    }

    /// <summary>Stops a sandbox; removes its data when it is ephemeral or when asked to.</summary>
    /// <exception cref="LakebaseException">SandboxNotFound, SandboxFailed.</exception>
    public static async Task<LakebaseSandbox> StopAsync(SandboxOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        SandboxFolder folder = SandboxFolder.Of(options.Path, options.Name ?? "default");
        if (!Directory.Exists(folder.Parent))
            throw folder.NotFound().ToException();
        using IDisposable held = await SandboxLock.TakeAsync(folder.Parent, cancellationToken).ConfigureAwait(false);
        LakebaseSandbox sandbox = folder.Read() ?? throw folder.NotFound().ToException();
        await EndAsync(folder, sandbox.BinPath, sandbox.IsEphemeral || options.RemoveData, cancellationToken).ConfigureAwait(false);
        return sandbox with { State = "Stopped", ProcessId = 0 };
    }

    /// <summary>Stops the server, if it runs, and removes the folder if asked to.</summary>
    internal static async Task EndAsync(SandboxFolder folder, string binPath, bool removes, CancellationToken cancellationToken)
    {
        SandboxRecord? record = folder.ReadRecord();
        if (folder.Server(record) is ProcessStamp server)
        {
            ProgramResult stopped = await ServerProgram.RunAsServerAsync(
                new PostgresBinaries(binPath, new Version()).Program("pg_ctl"),
                ["-D", folder.Data, "-m", removes ? "immediate" : "fast", "-w", "-t", "60", "stop"],
                cancellationToken).ConfigureAwait(false);
            // pg_ctl waits for the lock file to go; the process may need a moment more.
            for (int wait = 0; server.IsAlive && stopped.ExitCode == 0 && wait < 100; wait++)
                await Task.Delay(20, cancellationToken).ConfigureAwait(false);
            // Data that go anyway need no orderly end, e.g. when the binaries are no longer there.
            if (server.IsAlive && removes)
                server.Kill();
            if (server.IsAlive)
                throw Failed(folder, stopped.Output);
        }

        if (!removes)
            return;
        ServerProgram.KillStrays(folder.Path);
        await SandboxData.DeleteAsync(folder.Path, cancellationToken).ConfigureAwait(false);
    }

    internal static LakebaseException Failed(SandboxFolder folder, string output)
    {
        string log = File.Exists(folder.Log) ? string.Join('\n', File.ReadLines(folder.Log).TakeLast(10)) : "";
        return new LakebaseError(ErrorIds.SandboxFailed, LakebaseErrorKind.Unavailable,
            $"The PostgreSQL server of the sandbox did not do as told. {output}\n{log}".Trim())
        { Target = folder.Path, Remedy = $"See {folder.Log}; free the port or the disk, then start it again." }.ToException();
    }

    private static async Task RemoveOrphansAsync(string? parent, CancellationToken cancellationToken)
    {
        foreach (SandboxFolder folder in SandboxFolder.All(parent))
        {
            try
            {
                if (folder.ReadRecord() is { IsOrphan: true } orphan)
                    await EndAsync(folder, orphan.Sandbox.BinPath, removes: true, cancellationToken).ConfigureAwait(false);
            }
            catch (LakebaseException)
            {
                // Somebody else's remains must not keep this sandbox from starting; the next start tries again.
            }
        }
    }

    private static async Task<(int Port, ProcessStamp Server)> LaunchAsync(
        SandboxFolder folder, PostgresBinaries binaries, StartSandboxOptions options, CancellationToken cancellationToken)
    {
        // A lock file whose process id now belongs to something else would keep the server from starting. Of a process
        // that is gone the server finds out by itself, and checks the shared memory too.
        if (folder.Server(null) is null && File.Exists(folder.ServerLock)
            && int.TryParse(File.ReadLines(folder.ServerLock).FirstOrDefault(), out int id) && ProcessStamp.Of(id) is not null)
            File.Delete(folder.ServerLock);
        for (int attempt = 1; ; attempt++)
        {
            int port = options.Port ?? FreePort();
            await SandboxSettings.WriteAsync(folder, binaries, port, options, cancellationToken).ConfigureAwait(false);
            File.Delete(folder.Log);
            ProgramResult started = await ServerProgram.RunAsServerAsync(
                binaries.Program("pg_ctl"), ["-D", folder.Data, "-l", folder.Log, "-w", "-t", "60", "start"], cancellationToken)
                .ConfigureAwait(false);
            if (started.ExitCode == 0 && folder.Server(null) is ProcessStamp server)
                return (port, server);
            // Between the look for a free port and its use another program can take it.
            bool taken = File.Exists(folder.Log) && File.ReadAllText(folder.Log).Contains("could not bind", StringComparison.Ordinal);
            if (!taken || options.Port is not null || attempt == 5)
                throw Failed(folder, started.Output);
        }
    }

    private static void RequireFit(SandboxFolder folder, LakebaseSandbox? former, StartSandboxOptions options)
    {
        int? data = SandboxData.Version(folder);
        string? conflict =
            data is not null && options.Version is not null && data != options.Version
                ? $"holds data of PostgreSQL {data}, not {options.Version}"
            : former is not null && data is not null && options.Ephemeral && !former.IsEphemeral ? "is a lasting one with data"
            : former is { State: "Running" } && options.Port is int port && port != former.Port ? $"runs already, on port {former.Port}"
            : null;
        if (conflict is not null)
        {
            throw new LakebaseError(ErrorIds.SandboxConflict, LakebaseErrorKind.Exists, $"The sandbox '{folder.Name}' {conflict}.")
            { Target = folder.Path, Remedy = "Choose another name, or stop it first (Stop-LakebaseSandbox -RemoveData removes its data)." }
                .ToException();
        }
    }

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
