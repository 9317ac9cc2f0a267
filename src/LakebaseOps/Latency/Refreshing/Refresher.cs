using System.Diagnostics;
using LakebaseOps.Connections;
using LakebaseOps.Loading;
using LakebaseOps.Operations;
using LakebaseOps.Serving;
using Npgsql;

namespace LakebaseOps.Latency.Refreshing;

/// <summary>
/// Refreshes the tables that are read while they are read, as production does: small loads with mode Upsert, the loader's own, one
/// table after the other at a rate of rows per second. Every row gets the values it has, so that the tables' contents stay.
/// </summary>
internal sealed class Refresher : IAsyncDisposable
{
    // Small enough to come evenly, large enough that the loader's books cost little beside the rows.
    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(500);

    private readonly LakebaseSession _session;
    private readonly NpgsqlConnection _connection;
    private readonly IReadOnlyList<RefreshPages> _tables;
    private readonly double _rate;
    // What the loads are told by in the ledger.
    private readonly string _mark = $"/* refresh {Guid.NewGuid():N} */ ";
    private readonly Dictionary<string, long> _errors = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;
    private long _started;
    private long _ended;
    private long _rows;
    private long _loads;
    private int _next;

    private Refresher(LakebaseSession session, NpgsqlConnection connection, IReadOnlyList<RefreshPages> tables, double rate)
    {
        _session = session;
        _connection = connection;
        _tables = tables;
        _rate = rate;
    }

    /// <summary>Does the first load, and goes on beside the caller until it is stopped.</summary>
    /// <exception cref="LakebaseException">What the loader throws: the tables cannot be upserted.</exception>
    public static async Task<Refresher> StartAsync(
        LakebaseSession session, FeaturePlan plan, double rate, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await PostgresSession.Of(session).OpenAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            List<RefreshPages> tables = [];
            foreach (FeatureTable table in plan.Tables)
                tables.Add(await RefreshPages.OfAsync(connection, table, cancellationToken).ConfigureAwait(false));
            Refresher refresher = new(session, connection, tables, rate) { _started = Stopwatch.GetTimestamp() };
            await refresher.SliceAsync(throws: true).ConfigureAwait(false);
            refresher._running = Task.Run(refresher.RunAsync, CancellationToken.None);
            return refresher;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Ends it: the load in hand is finished, so that nothing is left half done. Hands back what it came to.</summary>
    public async Task<RefreshResult> StopAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        TimeSpan time = Stopwatch.GetElapsedTime(_started, _ended);
        // The first slice is loaded at once: what is due after it is due at its end.
        TimeSpan due = time < Slice ? Slice : time;
        return new RefreshResult
        {
            RowsPerSecond = _rate,
            AchievedPerSecond = _rows / due.TotalSeconds,
            Rows = _rows,
            Loads = _loads,
            Errors = _errors.Values.Sum(),
            ErrorsByCode = new Dictionary<string, long>(_errors),
            Duration = time,
        };
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        _stop.Dispose();
        await _connection.DisposeAsync().ConfigureAwait(false);
    }

    private async Task RunAsync()
    {
        try
        {
            for (int slice = 1; !_stop.IsCancellationRequested; slice++)
            {
                TimeSpan wait = (Slice * slice) - Stopwatch.GetElapsedTime(_started);
                if (wait > TimeSpan.Zero)
                    await Task.Delay(wait, _stop.Token).ConfigureAwait(false);
                await SliceAsync(throws: false).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // It was stopped while it waited.
        }
        catch (NpgsqlException failure)
        {
            // The server is gone: the requests say so.
            Book(failure.SqlState ?? failure.GetType().Name);
        }

        _ended = Stopwatch.GetTimestamp();
    }

    /// <summary>Upserts what is due by the end of the slice that has begun, from one table after the other.</summary>
    private async Task SliceAsync(bool throws)
    {
        double seconds = Stopwatch.GetElapsedTime(_started).TotalSeconds;
        // Who is behind does not catch up in one go: the rate is what is asked for, not a number of rows.
        long due = Math.Min(
            (long)Math.Ceiling(_rate * Slice.TotalSeconds * 2), (long)Math.Ceiling(_rate * (seconds + Slice.TotalSeconds)) - _rows);
        for (int empty = 0; due > 0 && empty < _tables.Count && !(_stop.IsCancellationRequested && _loads > 0);)
        {
            RefreshPages pages = _tables[_next++ % _tables.Count];
            if (await pages.NextAsync(_connection, due, CancellationToken.None).ConfigureAwait(false) is not string query)
            {
                empty++;
                continue;
            }

            empty = 0;
            try
            {
                long rows = await LoadAsync(pages.Table, query).ConfigureAwait(false);
                due -= rows;
                _rows += rows;
                _loads++;
            }
            catch (LakebaseException failure) when (!throws)
            {
                Book(failure.Error.SqlState ?? failure.Error.Id);
                break;
            }
        }

        _ended = Stopwatch.GetTimestamp();
    }

    private async Task<long> LoadAsync(FeatureTable table, string query)
    {
        try
        {
            BulkLoadOptions load = new()
            {
                Table = table.Name.ToString(),
                Query = _mark + query,
                Mode = BulkLoadMode.Upsert,
                KeyColumn = [table.Key.Name],
                ThrottleLimit = 1,
                AppendIndexes = AppendIndexes.Keep,
                SkipVacuum = true,
                SkipSpaceCheck = true,
            };
            IReadOnlyList<BulkLoadResult> results =
                await InnerSink.RunAsync<BulkLoadResult>(new BulkLoadOperation(_session, load), CancellationToken.None).ConfigureAwait(false);
            return results.Sum(result => result.Rows);
        }
        finally
        {
            await ForgetAsync().ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Takes the loads out of the ledger, which would grow without end: rows that got their own values are no news, and nothing is
    /// left to resume of one that failed.
    /// </summary>
    private async Task ForgetAsync()
    {
        NpgsqlCommand command = new(
            """
            DELETE FROM lakebase_ops.load_run WHERE starts_with(options ->> 'query', $1)
            """, _connection)
        { Parameters = { new() { Value = _mark } } };
        await using (command.ConfigureAwait(false))
        {
            try
            {
                await command.ExecuteNonQueryAsync().ConfigureAwait(false);
            }
            catch (PostgresException missing) when (missing.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName)
            {
                // The first load failed before there were any books.
            }
        }
    }

    private void Book(string code) => _errors[code] = _errors.GetValueOrDefault(code) + 1;
}
