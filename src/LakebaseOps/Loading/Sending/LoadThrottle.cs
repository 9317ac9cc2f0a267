using System.Diagnostics;
using LakebaseOps.Operations;
using Npgsql;

namespace LakebaseOps.Loading.Sending;

/// <summary>
/// Holds the streams of a process back: to so many bytes a second, and while a standby or replication slot is too far behind.
/// </summary>
internal sealed class LoadThrottle(LoadPlan plan, LoadMeter meter, IOperationSink sink)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);

    private readonly long _start = Stopwatch.GetTimestamp();
    private long _bytes;
    private long _lookedAt;
    private int _warned;

    /// <summary>Waits until so many more bytes fit into the rate.</summary>
    public async ValueTask SpendAsync(long bytes, CancellationToken cancellationToken)
    {
        if (plan.Limits.BytesPerSecond is not long limit || bytes <= 0)
            return;
        double due = (double)Interlocked.Add(ref _bytes, bytes) / limit - Stopwatch.GetElapsedTime(_start).TotalSeconds;
        if (due > 0.001)
            await Task.Delay(TimeSpan.FromSeconds(due), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits, at the edge of a chunk, until the lag is small enough again.</summary>
    /// <param name="connection">The stream's connection, outside a transaction.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    public async Task KeepUpAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (plan.Limits.WalLag is not long limit)
            return;
        long now = Environment.TickCount64;
        if (now - Interlocked.Read(ref _lookedAt) < Look.TotalMilliseconds)
            return;
        while (await LagAsync(connection, cancellationToken).ConfigureAwait(false) is var (lag, behind) && lag > limit)
        {
            string what = $"{plan.Table}: paused, {behind} is {lag / 1e6:N0} MB of write-ahead log behind and -MaxWalLag allows {limit / 1e6:N0} MB.";
            if (Interlocked.Exchange(ref _warned, 1) == 0)
                sink.Warn(what);
            sink.Report(new OperationProgress(meter.Activity, what) { Parent = meter.Parent });
            await Task.Delay(Look, cancellationToken).ConfigureAwait(false);
        }

        Interlocked.Exchange(ref _lookedAt, Environment.TickCount64);
    }

    /// <summary>How far the one that is furthest behind is, and its name.</summary>
    private static async Task<(long Lag, string Behind)> LagAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(
            """
            SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), lsn)::bigint, name FROM (
                SELECT coalesce(replay_lsn, flush_lsn, write_lsn, sent_lsn) AS lsn, 'standby ' || coalesce(nullif(application_name, ''), pid::text) AS name
                FROM pg_stat_replication
                UNION ALL
                SELECT coalesce(confirmed_flush_lsn, restart_lsn), 'slot ' || slot_name FROM pg_replication_slots) who
            WHERE lsn IS NOT NULL ORDER BY 1 DESC LIMIT 1
            """, connection);
        NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            return await row.ReadAsync(cancellationToken).ConfigureAwait(false) ? (row.GetInt64(0), row.GetString(1)) : (0, "");
        }
    }
}
