using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using LakebaseOps.Sandboxes;

namespace LakebaseOps.Tests.Loading.Faults;

/// <summary>A server of these tests alone, which they may stop as they like. Started when first asked for.</summary>
public sealed class FaultServer : IAsyncDisposable
{
    private static int _number;

    // One parent for every run: what a killed run leaves, the next one removes.
    private readonly string _parent = Path.Combine(Path.GetTempPath(), "lakebaseops-faults");
    private readonly SemaphoreSlim _turn = new(1);
    // Each class of tests has its own, which it alone may stop.
    private readonly string _name = $"faults-{Environment.ProcessId}-{Interlocked.Increment(ref _number)}";
    private LakebaseSandbox? _sandbox;

    private FaultProxy _door = null!;

    /// <summary>Where it listens now.</summary>
    public int Port { get; private set; }

    /// <summary>What all connections to it pass that are opened as <see cref="StartAsync"/> says.</summary>
    internal FaultProxy Door => _door;

    /// <summary>How to reach its postgres database, wherever it moves.</summary>
    internal async Task<ConnectionOptions> StartAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (_sandbox is null)
            {
                _sandbox = await SandboxServer.StartAsync(
                    new StartSandboxOptions
                    {
                        Name = _name,
                        Path = _parent,
                        Ephemeral = true,
                        Settings = new Dictionary<string, string> { ["shared_buffers"] = "32MB" },
                    }, cancellationToken);
                Port = _sandbox.Port;
                _door = new FaultProxy(Port);
            }
        }
        finally
        {
            _turn.Release();
        }

        return SandboxConnection.Options(_sandbox) with { Port = _door.Port, SslMode = "Disable" };
    }

    /// <summary>Ends its first process as kill -9 does, which leaves the others to notice; <see cref="CrashAsync"/> starts it again.</summary>
    internal void Kill()
    {
        string file = Path.Combine(SandboxFolder.Of(_parent, _sandbox!.Name).Data, "postmaster.pid");
        using Process process = Process.GetProcessById(int.Parse(File.ReadLines(file).First(), CultureInfo.InvariantCulture));
        process.Kill();
        process.WaitForExit();
    }

    /// <summary>Ends the server as a crash would and starts it again, elsewhere if asked to.</summary>
    internal async Task CrashAsync(bool moves)
    {
        // A schedule may hold a restart and a failover.
        await _turn.WaitAsync();
        try
        {
            SandboxFolder folder = SandboxFolder.Of(_parent, _sandbox!.Name);
            int port = moves ? FreePort() : Port;
            ProgramResult result;
            int attempt = 0;
            do
            {
                result = await ServerProgram.RunAsServerAsync(
                    new PostgresBinaries(_sandbox.BinPath, new Version()).Program("pg_ctl"),
                    ["-D", folder.Data, "-m", "immediate", "-w", "-t", "60", "-l", folder.Log, "-o", $"-p {port}", "restart"],
                    CancellationToken.None);
            }
            // Whoever is left of a server whose first process was killed still holds its memory for a moment.
            while (result.ExitCode != 0 && ++attempt < 20);
            Port = _door.ServerPort = port;
            Assert.True(result.ExitCode == 0, result.Output);
        }
        finally
        {
            _turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_sandbox is null)
            return;
        await _door.DisposeAsync();
        await SandboxServer.StopAsync(new SandboxOptions { Name = _sandbox.Name, Path = _parent, RemoveData = true }, CancellationToken.None);
    }

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
