using Npgsql;

namespace LakebaseOps.Indexing.Planning;

/// <summary>Fits a <see cref="ShapeModel"/> with a handful of builds over a sample of the table at hand.</summary>
internal static class ShapeSampler
{
    private const long Megabyte = 1 << 20;

    // PostgreSQL takes workers away until each participant has this much.
    private const long MemoryPerParticipant = 32 * Megabyte;

    // A sample of this share takes about a tenth of the time of the build itself; larger ones show what a large sort loses
    // when it leaves the processor's cache, smaller ones are all noise.
    private const double Share = 1.0 / 40;
    private const int FewestRows = 20_000;
    private const int MostRows = 600_000;
    private const int SteadyRows = 200_000;

    // More workers are tried when the last ones took no more than this share of the time without them.
    private const double WorthMore = 0.8;

    // The server's own default.
    private const long Usual = 64 * Megabyte;

    /// <summary>Rows to take of a table.</summary>
    public static int RowsOf(double tableRows) => (int)Math.Clamp(tableRows * Share, FewestRows, MostRows);

    /// <summary>Least memory to give a build of so many workers.</summary>
    public static long MemoryFor(int workers, double rows, double entryBytes, long most) => Math.Max(
        workers == 0 ? 2 * Megabyte : MemoryPerParticipant * (workers + 1),
        Math.Min(most, ShapeModel.OnePass(rows, entryBytes) * (workers + 1)));

    /// <summary>Measures.</summary>
    /// <param name="connection">Used for nothing else meanwhile.</param>
    /// <param name="index">The index; the largest of its shape.</param>
    /// <param name="limits">What may be taken.</param>
    /// <param name="options">What the caller insists on.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static async Task<ShapeModel?> FitAsync(
        NpgsqlConnection connection, PlannedIndex index, PlanLimits limits, BuildIndexOptions options, CancellationToken cancellationToken)
    {
        string clause = index.Clause;
        IndexSample sample = await IndexSample
            .TakeAsync(connection, index.Table, index.Rows, RowsOf(index.Rows), ordinary: true, cancellationToken).ConfigureAwait(false);
        await using (sample.ConfigureAwait(false))
        {
            if (sample.Rows < FewestRows / 4)
                return null;
            int rounds = sample.Rows < SteadyRows ? 3 : 2;
            bool sorted = clause.StartsWith("USING btree", StringComparison.Ordinal);
            long most = options.MemoryBytes ?? limits.MemoryBytes;
            long usual = Math.Min(Usual, most);
            // The first build reads the sample's pages for the first time; its time counts for nothing.
            await sample.UseAsync(0, usual, cancellationToken).ConfigureAwait(false);
            (_, long bytes) = await sample.TimeAsync(clause, 1, cancellationToken).ConfigureAwait(false);
            double entry = 0.9 * bytes / sample.Rows;
            List<MeasuredWay> ways = [new(0, usual, double.MaxValue, 0)];
            long small = MemoryFor(0, index.Rows, entry, most);
            if (sorted && options.MemoryBytes is null && small < usual)
                ways.Add(new MeasuredWay(0, small, double.MaxValue, 0));
            IEnumerable<int> counts = options.Workers is int wanted ? [wanted] : [1, 3, 7];
            Queue<int> workers = new(!sorted ? [] : counts.Where(count => count > 0 && count <= limits.Workers
                && (options.MemoryBytes is not null || MemoryFor(count, index.Rows, entry, most) <= most)));
            if (workers.TryDequeue(out int first))
                await AddAsync(first).ConfigureAwait(false);
            await MeasureAsync(0).ConfigureAwait(false);
            while (workers.TryDequeue(out int more) && ways[^1].Seconds < WorthMore * ways[^2].Seconds)
            {
                await AddAsync(more).ConfigureAwait(false);
                await MeasureAsync(ways.Count - 2).ConfigureAwait(false);
            }

            double ordered = await OrderedAsync().ConfigureAwait(false);
            return new ShapeModel(sample.Rows, ordered, entry, (double)sample.HeapBytes / sample.Rows, Cheapest(ways));

            async Task AddAsync(int count) => ways.Add(new MeasuredWay(
                count, options.MemoryBytes ?? MemoryFor(count, index.Rows, entry, most), double.MaxValue, await StartAsync(count).ConfigureAwait(false)));

            // In turns: what else the server does at a moment then hits every way, and the least of some times none.
            async Task MeasureAsync(int from)
            {
                for (int round = 0; round < rounds; round++)
                {
                    for (int at = from; at < ways.Count; at++)
                    {
                        MeasuredWay way = ways[at];
                        await sample.UseAsync(way.Workers, way.MemoryBytes, cancellationToken).ConfigureAwait(false);
                        double time = (await sample.TimeAsync(clause, 1, cancellationToken).ConfigureAwait(false)).Least.TotalSeconds;
                        // No more than all of them together can do, however noisy the moment was in which they started for nothing.
                        double least = way.Workers == 0 ? 0 : ways[0].Seconds / (way.Workers + 1);
                        ways[at] = way with { Seconds = Math.Min(way.Seconds, Math.Max(time - way.StartSeconds, least)) };
                    }
                }
            }

            // Workers start for nothing on a table without rows.
            async Task<double> StartAsync(int workers)
            {
#pragma warning disable CA2000 // It ends with the sample.
                IndexSample none = await sample.EmptyAsync(cancellationToken).ConfigureAwait(false);
#pragma warning restore CA2000
                await none.UseAsync(workers, Usual, cancellationToken).ConfigureAwait(false);
                return (await none.TimeAsync(clause, 3, cancellationToken).ConfigureAwait(false)).Least.TotalSeconds;
            }

            async Task<double> OrderedAsync()
            {
                // A partial index cannot put a table in order, and what is no btree has no order.
                if (!sorted || clause.Contains(" WHERE ", StringComparison.Ordinal))
                    return ways.Where(way => way.Workers == 0).Min(way => way.Seconds) / 2;
                await sample.UseAsync(0, usual, cancellationToken).ConfigureAwait(false);
                await sample.OrderAsync(clause, cancellationToken).ConfigureAwait(false);
                return (await sample.TimeAsync(clause, rounds, cancellationToken).ConfigureAwait(false)).Least.TotalSeconds;
            }
        }
    }

    // Two ways that differ by less than the noise of a sample: less memory is the better one, for a large sort in it leaves the
    // processor's cache, which a sample is too small to show.
    private static IReadOnlyList<MeasuredWay> Cheapest(List<MeasuredWay> ways) =>
        [.. ways.GroupBy(way => way.Workers).Select(group =>
        {
            MeasuredWay fastest = group.MinBy(way => way.Seconds);
            return group.Where(way => way.Seconds <= fastest.Seconds * 1.1).MinBy(way => way.MemoryBytes);
        })];
}
