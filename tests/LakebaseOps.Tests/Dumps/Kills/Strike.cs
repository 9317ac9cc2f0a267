using LakebaseOps.Tests.Loading.Faults;
using Npgsql;

namespace LakebaseOps.Tests.Dumps.Kills;

/// <summary>What befalls one call of a command.</summary>
/// <param name="servers">The servers.</param>
/// <param name="point">What is killed, and when.</param>
/// <param name="call">Number of the call; one that has no moment of its own is left alone.</param>
internal sealed class Strike(KillServers servers, KillPoint point, int call) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;
    private RunnerProcess? _process;
    private bool _isDue;

    /// <summary>True for a call that something befalls.</summary>
    public bool IsArmed => call < point.Moments.Count && point.Killer != Killer.Disk;

    /// <summary>True when the call is to be made by a process of its own.</summary>
    public bool NeedsProcess => IsArmed && point.Killer == Killer.Process;

    /// <summary>True once it has happened.</summary>
    public bool Happened => _isDue;

    /// <summary>Stops the call.</summary>
    public CancellationToken Stop => _stop.Token;

    private FaultServer Server => servers.Server(point.AtSource);

    /// <summary>The process that makes the call.</summary>
    public RunnerProcess? Process
    {
        set
        {
            _process = value;
            if (_isDue)
                value?.Kill();
        }
    }

    /// <summary>Waits for its moment.</summary>
    public void Arm()
    {
        if (!IsArmed || point.AtFile)
            return;
        (FaultMoment moment, double share) = point.Moments[call];
        Server.Door.Arm(new WireFault(moment, 1 + (long)(share * servers.Passed(point.Command, point.AtSource, moment)), FaultAction.None) { Then = Happen });
    }

    /// <summary>It happens now.</summary>
    public void Happen()
    {
        _isDue = true;
        switch (point.Killer)
        {
            case Killer.Process:
                _process?.Kill();
                break;
            case Killer.Cancellation:
                _ = _stop.CancelAsync();
                break;
            case Killer.Backends:
                _running = Task.Run(TerminateAsync);
                break;
            case Killer.Postmaster:
                Server.Kill();
                _running = Task.Run(CrashAsync);
                break;
            case Killer.Server:
                Server.Door.IsClosed = true;
                Server.Door.CloseAll();
                _running = Task.Run(CrashAsync);
                break;
        }
    }

    /// <summary>Waits until the server is there again; nothing more happens.</summary>
    public async ValueTask DisposeAsync()
    {
        Server.Door.Disarm();
        await _running;
        _stop.Dispose();
    }

    private async Task CrashAsync()
    {
        if (point.Both)
            await _stop.CancelAsync();
        await Server.CrashAsync(moves: false);
        Server.Door.IsClosed = false;
    }

    private async Task TerminateAsync()
    {
        try
        {
            await servers.AskAsync<long>(point.AtSource, "postgres",
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name LIKE 'LakebaseOps%' AND pid <> pg_backend_pid()");
        }
        catch (NpgsqlException)
        {
            // Somebody else has stopped the server.
        }
    }
}
