using LakebaseOps.Connections;
using LakebaseOps.Loading;
using LakebaseOps.Operations;
using Npgsql;

namespace LakebaseOps.Tests.Loading.Faults;

/// <summary>How a schedule ended.</summary>
/// <param name="Calls">Calls until the load was done.</param>
/// <param name="Fired">Faults that happened.</param>
internal readonly record struct ScheduleEnd(int Calls, int Fired);

/// <summary>Plays one schedule: calls the loader through the proxy until the load is done, then looks at everything it left.</summary>
/// <param name="schedule">What to play.</param>
/// <param name="data">What to load.</param>
/// <param name="session">A database of its own, reached past the proxy.</param>
/// <param name="server">The server to stop, for schedules that do.</param>
/// <param name="disk">The disk to fill, likewise.</param>
/// <param name="folder">Where files go.</param>
internal sealed class ScheduleRun(
    Schedule schedule, LoadData data, PostgresSession session, FaultServer? server, SmallDisk? disk, string folder) : IAsyncDisposable
{
    /// <summary>What a call may end with when its surroundings break; anything else is a fault of the loader.</summary>
    private static readonly string[] Allowed =
    [
        ErrorIds.ConnectionFailed, ErrorIds.ConnectionLost, ErrorIds.ServerUnavailable, ErrorIds.ServerLimit, ErrorIds.ResourceBusy, ErrorIds.OperationTimeout,
    ];

    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(600);

    private readonly FaultProxy _proxy = new(server?.Port ?? session.Port);
    private Disturbance? _disturbance;
    private long _allowance;

    /// <summary>Plays it.</summary>
    public async Task<ScheduleEnd> PlayAsync(CancellationToken cancellationToken)
    {
        await LoadData.ExecuteAsync(session, data.DdlIn(disk?.Tablespace), cancellationToken);
        string relations = await RelationsAsync(cancellationToken);
        _disturbance = new Disturbance(schedule, session, _proxy, server);
        await _disturbance.ArmAsync(data, cancellationToken);
        for (int call = 0; ; call++)
        {
            Assert.True(call < Schedule.MostCalls, $"{schedule}: not done after {call} calls");
            string? failure = await CallAsync(schedule.Calls[call], cancellationToken);
            if (failure is null)
            {
                await _disturbance.DisposeAsync();
                await VerifyAsync(relations, cancellationToken);
                return new ScheduleEnd(call + 1, _proxy.Fired);
            }

            Soak.Say($"schedule {schedule.Seed}: call {call} ended with {failure}");
            Assert.True(Allowed.Contains(failure) || failure is "Killed" or nameof(OperationCanceledException), $"{schedule}: call {call} ended with {failure}");
            if (failure == ErrorIds.ServerLimit && disk is not null)
                await disk.GrowAsync();
            if (call >= schedule.Faults.Count + 1)
                await _disturbance.CalmAsync();
            // Whoever calls again does so when there is a server again.
            await _disturbance.SettleAsync();
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_disturbance is not null)
            await _disturbance.DisposeAsync();
        await _proxy.DisposeAsync();
    }

    /// <summary>One call of the loader; what it failed with, or null.</summary>
    private async Task<string?> CallAsync(ScheduledCall call, CancellationToken cancellationToken)
    {
        BulkLoadOptions options = data.Options with
        {
            Mode = schedule.Mode,
            ThrottleLimit = call.Streams,
            ChunkRows = call.ChunkRows,
            ChunkBytes = call.ChunkRows * data.LineBytes,
        };
        long recorded = await RecordedAsync(cancellationToken);
        (long sent, int fired) = (SentRows, _proxy.Fired);
        string? failure = schedule.NeedsProcess
            ? await CallProcessAsync(options, cancellationToken)
            : await CallHereAsync(options, cancellationToken);
        // Each fault costs each stream the chunk it was sending, at most; so does the end of the call.
        int largest = schedule.Calls.Max(one => one.ChunkRows) + 1;
        _allowance += (long)call.Streams * largest * (_proxy.Fired - fired + (failure is null ? 0 : 1));
        if (failure is null && _proxy.Fired == fired)
        {
            Assert.True(SentRows - sent <= LoadData.Rows - recorded,
                $"{schedule}: a resume without faults sent {SentRows - sent} rows although {recorded} of {LoadData.Rows} were recorded");
        }

        return failure;
    }

    /// <summary>Rows that have gone over the wire within COPY.</summary>
    private long SentRows => (_proxy.CopyBytes - (21 * _proxy.Copies)) / data.RowBytes;

    private async Task<string?> CallHereAsync(BulkLoadOptions options, CancellationToken cancellationToken)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _disturbance!.Stop = stop;
        try
        {
            await using PostgresSession own = await SessionFactory.ConnectAsync(
                session.Options with { Port = _proxy.Port, TimeoutSeconds = 3, ConnectionString = Through() }, stop.Token);
            await RecordingSink.RunAsync(new BulkLoadOperation(own, options) { Patience = Patience }, stop.Token);
            return null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return nameof(OperationCanceledException);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            LakebaseError error = ErrorTranslator.Translate(exception);
            return Allowed.Contains(error.Id) ? error.Id : $"{error.Id}: {exception}";
        }
        finally
        {
            _disturbance!.Stop = null;
        }
    }

    private async Task<string?> CallProcessAsync(BulkLoadOptions options, CancellationToken cancellationToken)
    {
        NpgsqlConnectionStringBuilder settings = new(Through())
        {
            Host = session.Host,
            Port = _proxy.Port,
            Password = session.Options.Secret is { } secret ? new System.Net.NetworkCredential("", secret).Password : null,
        };
        using RunnerProcess process = RunnerProcess.StartLoad(options, settings.ConnectionString, folder);
        _disturbance!.Process = process;
        (int code, string text) = await process.EndAsync(cancellationToken);
        _disturbance!.Process = null;
        // Its machine is gone as well: what the proxy still holds ends as the server's keepalive would end it.
        _proxy.CloseAll();
        return code switch
        {
            0 => null,
            137 => "Killed",
            _ => Allowed.FirstOrDefault(id => text.Contains(id, StringComparison.Ordinal)) ?? text,
        };
    }

    private string Through() => new NpgsqlConnectionStringBuilder(session.Options.ConnectionString)
    {
        ApplicationName = "LakebaseOps",
        SslMode = SslMode.Disable,
        GssEncryptionMode = GssEncryptionMode.Disable,
    }.ConnectionString;

    private async Task VerifyAsync(string relations, CancellationToken cancellationToken)
    {
        string what = schedule.ToString();
        Assert.True(data.Content == await AskAsync<string>(LoadData.ContentSql, cancellationToken), $"{what}: other rows");
        long before = await AskAsync<long>("SELECT count(*) FROM t WHERE id < 0", cancellationToken);
        Assert.True(before == (schedule.Mode == BulkLoadMode.Replace ? 0 : 1), $"{what}: {before} rows from before");
        Assert.True(LoadData.Rows == await RecordedAsync(cancellationToken), $"{what}: the ledger has other rows");
        Assert.True(await AskAsync<bool>(RangesSql, cancellationToken), $"{what}: ranges overlap or leave a gap");
        Assert.True(relations == await RelationsAsync(cancellationToken), $"{what}: left {await RelationsAsync(cancellationToken)}");
        Assert.True(SentRows <= LoadData.Rows + _allowance,
            $"{what}: {SentRows} rows were sent for {LoadData.Rows}; {_allowance} more were to be expected at most");
        // The server takes a moment to see that a connection has been closed.
        string left = "";
        for (int look = 0; look < 500 && (left = await LeftAsync(cancellationToken)).Length > 0; look++)
            await Task.Delay(20, cancellationToken);
        Assert.True(left.Length == 0, $"{what}: left {left}");
    }

    /// <summary>True when recorded ranges neither overlap nor leave a gap.</summary>
    public const string RangesSql =
        """
        SELECT bool_and(range_from = follows) FROM (
            SELECT range_from, lag(range_to, 1, range_from) OVER (PARTITION BY load_id, input ORDER BY range_from) AS follows
            FROM lakebase_ops.load_chunk) ranges
        """;

    // A session whose opening was cut off does not count: no client ever learnt its number, it holds nothing, and ends with the server's keepalive.
    private Task<string> LeftAsync(CancellationToken cancellationToken) => AskAsync<string>("""
        SELECT coalesce((SELECT string_agg(format('session %s %s: %s', application_name, state, left(query, 60)), '; ') FROM pg_stat_activity
                WHERE datname = current_database() AND application_name LIKE 'LakebaseOps%'
                    AND NOT (state = 'idle' AND query LIKE 'SELECT version();%')), '')
            || coalesce((SELECT string_agg(DISTINCT 'lock ' || mode, '; ') FROM pg_locks
                WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())), '')
        """, cancellationToken);

    private async Task<long> RecordedAsync(CancellationToken cancellationToken) =>
        await AskAsync<bool>("SELECT to_regclass('lakebase_ops.load_chunk') IS NOT NULL", cancellationToken)
            ? await AskAsync<long>("SELECT coalesce(sum(rows), 0)::bigint FROM lakebase_ops.load_chunk", cancellationToken)
            : 0;

    /// <summary>Asks past the proxy, as long as a server that was stopped may take to come back.</summary>
    private async Task<T> AskAsync<T>(string sql, CancellationToken cancellationToken)
    {
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                return await LoadData.ScalarAsync<T>(session, sql, cancellationToken);
            }
            catch (NpgsqlException broken) when (attempt < 100 && (broken.IsTransient || broken is PostgresException { SqlState: "57P01" or "57P02" }))
            {
                await Task.Delay(50, cancellationToken);
            }
        }
    }

    private Task<string> RelationsAsync(CancellationToken cancellationToken) => AskAsync<string>("""
        SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE nspname NOT IN ('pg_catalog', 'information_schema', 'lakebase_ops') AND nspname !~ '^pg_(toast|temp)'
        """, cancellationToken);
}
