using System.Diagnostics;
using System.Globalization;
using LakebaseOps.Connections;
using LakebaseOps.Latency;
using LakebaseOps.Operations;
using LakebaseOps.Serving;
using Npgsql;

namespace LakebaseOps.Caching;

/// <summary>
/// Warms by requests: reads those that a measurement with the same options sends first, on connections with every statement prepared,
/// and then sends them again to count the blocks that still come from outside shared buffers.
/// </summary>
internal sealed class RequestWarming
{
    // Enough to meet what was warmed; a file of millions of keys need not be read twice.
    private const long MostAgain = 10_000;

    // Blocks come from a disk or over a network: some requests wait for them at the same time.
    private const int DefaultPoolSize = 4;

    private static readonly TimeSpan ReportTime = TimeSpan.FromMilliseconds(500);

    private readonly PostgresSession _session;
    private readonly NpgsqlConnection _connection;
    private readonly InitializeCacheOptions _options;
    private readonly FeatureStatements _statements;

    private RequestWarming(PostgresSession session, NpgsqlConnection connection, InitializeCacheOptions options, FeatureStatements statements)
    {
        _session = session;
        _connection = connection;
        _options = options;
        _statements = statements;
    }

    /// <summary>Every table that the requests read.</summary>
    public IReadOnlyList<string> Tables => [.. _statements.Relations.Select(table => table.ToString())];

    /// <summary>What it does, for people.</summary>
    public IReadOnlyList<string> Steps =>
    [
        string.Create(CultureInfo.InvariantCulture, $"open {PoolSize:N0} connection(s) and prepare every statement on each"),
        .. _options.Distribution.Select(distribution => string.Create(CultureInfo.InvariantCulture,
            $"send {Count(distribution)} requests, {KeySampler.Label(distribution, _options)}, in mode {string.Join(", ", _options.Mode)} to {_statements.Plan.Tables.Count:N0} tables")),
        string.Create(CultureInfo.InvariantCulture, $"send the first {MostAgain:N0} of them at most again and count the blocks that come from outside shared buffers"),
    ];

    private int PoolSize => _options.PoolSize ?? DefaultPoolSize;

    /// <summary>Reads what is needed for it; null when requests were not asked for.</summary>
    /// <exception cref="LakebaseException">InvalidArgument; as <see cref="FeatureStatements.ReadAsync"/>.</exception>
    public static async Task<RequestWarming?> ReadAsync(
        PostgresSession session, NpgsqlConnection connection, InitializeCacheOptions options, CancellationToken cancellationToken)
    {
        if (options.Distribution.Count == 0 && options.KeyPath is null)
        {
            return options.Requests is null && options.PoolSize is null ? null
                : throw Invalid(options.Requests is null ? "PoolSize" : "Requests", "needs -Distribution or -KeyPath, which say what the requests ask for");
        }

        if (options.BudgetBytes is not null || options.Method != CacheMethod.Auto)
            throw Invalid(options.BudgetBytes is null ? "Method" : "BudgetBytes", "is for warming block by block; -Requests bounds warming by requests");
        InitializeCacheOptions asked = options.Distribution.Count > 0 ? options : options with { Distribution = [KeyDistribution.File] };
        MeasurementArguments.DemandRequests(asked);
        return new RequestWarming(
            session, connection, asked, await FeatureStatements.ReadAsync(connection, asked, asked.Mode, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Sends the requests; what that did to each relation.</summary>
    public async Task<IReadOnlyDictionary<uint, WarmedRelation>> RunAsync(
        IReadOnlyList<CacheRelation> relations, string activity, IOperationSink sink, CancellationToken cancellationToken)
    {
        // To find out which keys there are, tables are read: what a file names needs none of that.
        IReadOnlyList<KeySpace> spaces = _options.Distribution.All(distribution => distribution == KeyDistribution.File) ? []
            : await KeySpaceReader.ReadAsync(_connection, _statements.Plan, _options.KeyRange, _options.Seed, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<KeySpace>[] keys = [.. _options.Distribution.Select(distribution => KeySpaceReader.Of(distribution, spaces, _statements.Plan, _options.KeyPath))];
        FeaturePool pool = await FeaturePool.OpenAsync(_session, _statements, PoolSize, cancellationToken).ConfigureAwait(false);
        FeatureReaders readers = new([pool]);
        await using (readers.ConfigureAwait(false))
        {
            long started = Stopwatch.GetTimestamp();
            BlockCounts before = await BlockCounts.ReadAsync(_connection, pool, relations, cancellationToken).ConfigureAwait(false);
            IReadOnlyList<LatencyCell> first = await SendAsync(readers, keys, long.MaxValue, activity, sink, cancellationToken).ConfigureAwait(false);
            BlockCounts after = await BlockCounts.ReadAsync(_connection, pool, relations, cancellationToken).ConfigureAwait(false);
            TimeSpan duration = Stopwatch.GetElapsedTime(started);
            Judge(first, sink);
            IReadOnlyList<LatencyCell> again = await SendAsync(
                readers, keys, MostAgain, $"{activity}: looking again", sink, cancellationToken).ConfigureAwait(false);
            BlockCounts last = await BlockCounts.ReadAsync(_connection, pool, relations, cancellationToken).ConfigureAwait(false);

            bool counts = last.HasCountedSince(after);
            long requests = again.Sum(cell => cell.Histogram.Count);
            string evidence = counts
                ? string.Create(CultureInfo.InvariantCulture, $"; blocks counted while {requests:N0} requests were sent again")
                : "; not proved by requests sent again: the server counts no blocks (track_counts)";
            long left = relations.Sum(relation => last.ReadSince(after, relation));
            if (left > 0)
                sink.Warn($"{left:N0} blocks came from outside shared buffers when requests were sent again: they need more than stays there, or others read meanwhile.");
            sink.Milestone(string.Create(CultureInfo.InvariantCulture,
                $"{By(first)} on {pool.Size:N0} connections in {duration.TotalSeconds:N1} s: p99 {P99Ms(first):N2} ms, sent again {P99Ms(again):N2} ms. The connections are closed; the server's buffers stay warm."));
            return relations.ToDictionary(relation => relation.Oid, relation => new WarmedRelation(By(first), duration)
            {
                Evidence = evidence,
                BlocksRead = counts ? after.ReadSince(before, relation) : null,
                BlocksReadAgain = counts ? last.ReadSince(after, relation) : null,
            });
        }
    }

    private async Task<IReadOnlyList<LatencyCell>> SendAsync(
        FeatureReaders readers, IReadOnlyList<KeySpace>[] keys, long most, string activity, IOperationSink sink, CancellationToken cancellationToken)
    {
        FeaturePlan plan = _statements.Plan;
        List<LatencyCell> cells = [];
        for (int setting = 0; setting < keys.Length; setting++)
        {
            KeyDistribution distribution = _options.Distribution[setting];
            long quota = Math.Min(most, _options.Requests ?? (distribution == KeyDistribution.File ? keys[setting][0].Count : Measurement.DefaultRequests));
            ClosedLoop loop = new(plan, keys[setting], readers, new ResponseAudit(plan, _connection), readers.Size);
            for (int place = 0; place < _options.Mode.Count; place++)
            {
                RequestStream stream = RequestStream.Of(keys[setting], distribution, _options, setting, place, plan.Requests);
                LatencyCell cell = new(_options.Mode[place], stream, quota, null, _options.Seed);
                cells.Add(cell);
                cell.Start();
                while (cell.Remaining > 0)
                {
                    sink.Report(new OperationProgress(activity, $"{KeySampler.Label(distribution, _options)}, {cell.Begun:N0} of {quota:N0} requests") { Percent = 100 * cell.Progress });
                    await loop.RunAsync(cell, cell.Remaining, ReportTime, cancellationToken).ConfigureAwait(false);
                }
            }
        }

        return cells;
    }

    private void Judge(IReadOnlyList<LatencyCell> cells, IOperationSink sink)
    {
        foreach (LatencyCell cell in cells)
        {
            long failed = cell.Errors.Values.Sum();
            string codes = string.Join(", ", cell.Errors.Keys);
            if (cell.Histogram.Count == 0)
            {
                sink.Fail(new LakebaseError(ErrorIds.StatementFailed, LakebaseErrorKind.Unavailable, $"{cell.Name}: every request failed ({codes}), so nothing is warm.")
                { Target = cell.Name, Remedy = "Read the same tables with Get-LakebaseFeature to see the error itself." });
            }
            else if (cell.Wrong > 0)
            {
                sink.Fail(new LakebaseError(ErrorIds.WrongFeatures, LakebaseErrorKind.Verification, $"{cell.Name}: {cell.Wrong:N0} wrong responses. {cell.FirstFault}")
                { Target = cell.Name, Remedy = "Look whether keys are unique and whether the tables changed meanwhile." });
            }
            else if (failed > 0)
            {
                sink.Warn($"{cell.Name}: {failed:N0} requests failed ({codes}); what they ask for is not warm.");
            }
        }

        long missing = cells.Sum(cell => cell.Lookups - cell.Rows);
        if (missing > 0 && _options.Distribution.Contains(KeyDistribution.File))
            sink.Warn($"{missing:N0} of {cells.Sum(cell => cell.Lookups):N0} lookups found no row: such keys warm a part of the index alone.");
    }

    private string By(IReadOnlyList<LatencyCell> cells) => string.Create(CultureInfo.InvariantCulture,
        $"{cells.Sum(cell => cell.Histogram.Count):N0} requests, {string.Join(" and ", _options.Distribution.Select(distribution => KeySampler.Label(distribution, _options)))}");

    private string Count(KeyDistribution distribution) =>
        _options.Requests is null && distribution == KeyDistribution.File ? "all of the file's" : (_options.Requests ?? Measurement.DefaultRequests).ToString("N0", CultureInfo.InvariantCulture);

    private static double P99Ms(IReadOnlyList<LatencyCell> cells) => cells.Max(cell => cell.Histogram.ValueAt(0.99)) / 1e6;

    private static LakebaseException Invalid(string parameter, string fault) => new LakebaseError(
        ErrorIds.InvalidArgument, LakebaseErrorKind.InvalidArgument, $"-{parameter} {fault}.")
    {
        Target = parameter, Remedy = "Get-Help Initialize-LakebaseCache shows both ways of warming.",
    }.ToException();
}
