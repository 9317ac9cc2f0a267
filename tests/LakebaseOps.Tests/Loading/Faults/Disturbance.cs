using LakebaseOps.Connections;
using Npgsql;

namespace LakebaseOps.Tests.Loading.Faults;

/// <summary>Does to a load what its schedule says, each fault once.</summary>
internal sealed class Disturbance(Schedule schedule, PostgresSession session, FaultProxy proxy, FaultServer? server) : IAsyncDisposable
{
    private const string TimeLimits =
        "ALTER DATABASE {0} SET statement_timeout = '1s'; ALTER DATABASE {0} SET lock_timeout = '50ms'; ALTER DATABASE {0} SET idle_in_transaction_session_timeout = '50ms'";

    private const string Victim =
        "SELECT count(pg_terminate_backend(pid)) FROM (SELECT pid FROM pg_stat_activity WHERE application_name = 'LakebaseOps load' "
        + "AND datname = current_database() AND {0} ORDER BY random() LIMIT 1) victims";

    private const string HasLock = "pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ExclusiveLock' AND granted)";

    private readonly List<Task> _running = [];
    private readonly List<Task> _outages = [];
    private readonly CancellationTokenSource _end = new();
    private bool _isOver;

    /// <summary>Stops the present call, if that is made in this process.</summary>
    public CancellationTokenSource? Stop { get; set; }

    /// <summary>The present call, if that is made in another process.</summary>
    public RunnerProcess? Process { get; set; }

    /// <summary>Makes every fault ready; its place is a share of what an undisturbed load sends.</summary>
    public async Task ArmAsync(LoadData data, CancellationToken cancellationToken)
    {
        int rows = schedule.Calls[0].ChunkRows;
        int chunks = (LoadData.Rows / rows) + 1;
        foreach (ScheduledFault fault in schedule.Faults)
        {
            if (fault.Kind == FaultKind.TimeLimits)
                await LoadData.ExecuteAsync(session, Limits(), cancellationToken);
            if (fault.Kind == FaultKind.Lock)
                Run(LockAsync);
            double all = fault.Moment switch
            {
                FaultMoment.BytesToServer => ((double)LoadData.Rows * data.RowBytes) + (600 * chunks) + 30_000,
                FaultMoment.BytesToClient => 25_000 + (400 * chunks),
                FaultMoment.Statement => 90 + (4 * chunks),
                FaultMoment.Commit => 3 + chunks,
                _ => 4 + schedule.Calls[0].Streams,
            };
            if (fault.Kind is FaultKind.TimeLimits or FaultKind.Lock or FaultKind.FullDisk)
                continue;
            proxy.Arm(new WireFault(fault.Moment, 1 + (long)(fault.Share * all), fault.Action) { Then = () => Happen(fault.Kind) });
        }
    }

    /// <summary>Nothing more happens.</summary>
    public async Task CalmAsync()
    {
        proxy.Disarm();
        await LoadData.ExecuteAsync(session, $"ALTER DATABASE {TableName.Quote(session.Database)} RESET ALL", CancellationToken.None);
    }

    /// <summary>Waits until the server can be reached again.</summary>
    public Task SettleAsync()
    {
        lock (_running)
            return Task.WhenAll([.. _outages]);
    }

    /// <summary>Waits for what has begun.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isOver)
            return;
        _isOver = true;
        proxy.Disarm();
        await _end.CancelAsync();
        Task[] running;
        lock (_running)
            running = [.. _running];
        await Task.WhenAll(running);
        await SettleAsync();
        _end.Dispose();
    }

    private void Happen(FaultKind kind)
    {
        switch (kind)
        {
            case FaultKind.Refuse:
                Run(RefuseAsync, _outages);
                break;
            case FaultKind.Kill:
                Process?.Kill();
                break;
            case FaultKind.Cancel:
                Stop?.CancelAsync();
                break;
            case FaultKind.Terminate:
                Run(() => TerminateAsync($"NOT {HasLock}"));
                break;
            case FaultKind.TerminateLock:
                Run(() => TerminateAsync(HasLock));
                break;
            case FaultKind.Restart or FaultKind.Failover:
                Run(() => CrashAsync(moves: kind == FaultKind.Failover), _outages);
                break;
        }
    }

    private void Run(Func<Task> work, List<Task>? list = null)
    {
        lock (_running)
            (list ?? _running).Add(Task.Run(work));
    }

    private string Limits() => TimeLimits.Replace("{0}", TableName.Quote(session.Database), StringComparison.Ordinal)
        + (session.ServerVersion.Major >= 17 ? $"; ALTER DATABASE {TableName.Quote(session.Database)} SET transaction_timeout = '100ms'" : "");

    private async Task RefuseAsync()
    {
        proxy.IsClosed = true;
        proxy.CloseAll();
        await Task.Delay(300);
        proxy.IsClosed = false;
    }

    private async Task TerminateAsync(string which)
    {
        try
        {
            await LoadData.ScalarAsync<long>(session, Victim.Replace("{0}", which, StringComparison.Ordinal), _end.Token);
        }
        catch (Exception exception) when (exception is NpgsqlException or OperationCanceledException)
        {
            // Another fault of the schedule was faster.
        }
    }

    private async Task CrashAsync(bool moves)
    {
        await server!.CrashAsync(moves);
        proxy.ServerPort = server.Port;
    }

    /// <summary>Holds a lock on the table until the loader stands in the queue behind it, and a little longer.</summary>
    private async Task LockAsync()
    {
        try
        {
            await using NpgsqlConnection holder = await session.OpenAsync(_end.Token);
            await using NpgsqlTransaction transaction = await holder.BeginTransactionAsync(_end.Token);
            string mode = schedule.Mode == BulkLoadMode.Replace ? "ACCESS SHARE" : "SHARE";
            await using NpgsqlCommand take = new(
                $"SET LOCAL idle_in_transaction_session_timeout = 0; LOCK TABLE t IN {mode} MODE", holder, transaction);
            await take.ExecuteNonQueryAsync(_end.Token);
            while (!await LoadData.ScalarAsync<bool>(session, "SELECT EXISTS (SELECT FROM pg_locks WHERE relation = 't'::regclass AND NOT granted)", _end.Token))
                await Task.Delay(10, _end.Token);
            await Task.Delay(200, _end.Token);
        }
        catch (Exception exception) when (exception is NpgsqlException or OperationCanceledException)
        {
            // The load ended without asking, or the server was stopped.
        }
    }
}
