using Npgsql;

namespace LakebaseOps.Indexing.Planning;

/// <summary>Fits a <see cref="ShapeModel"/> with a handful of builds over a sample of the table at hand.</summary>
internal sealed class ShapeSampler(NpgsqlConnection connection, PlannedIndex index, PlanLimits limits, BuildIndexOptions options)
{
    private const long Megabyte = 1 << 20;
    private const long Least = 4 * Megabyte;

    // PostgreSQL takes workers away until each participant has this much.
    private const long MemoryPerParticipant = 32 * Megabyte;

    // The server's own default.
    private const long Usual = 64 * Megabyte;

    // A small share, so that the plan takes a small part of the time of the build.
    private const double Share = 1.0 / 200;
    private const int FewestRows = 50_000;
    private const int MostRows = 600_000;

    // Shorter builds gain less by workers than it takes to find out. The larger sample fills the memory that each of two
    // participants has, for a sort of that size leaves the processor's cache: that alone makes many builds twice as long.
    private const double LongSeconds = 15;
    private const double LargeSample = 1.5 * MemoryPerParticipant;

    // Workers may save half of a long build, so finding out may take more of its time than a first sample. So many builds it takes.
    private const double LargeShare = 0.15;
    private const int LargeBuilds = 7;

    // More workers are tried when the last ones took no more than this share of the time without them.
    private const double WorthMore = 0.8;
    private const int Rounds = 2;

    private readonly bool _sorts = index.Clause.StartsWith("USING btree", StringComparison.Ordinal);
    private readonly long _most = options.MemoryBytes ?? limits.MemoryBytes;
    private readonly List<MeasuredWay> _ways = [];
    private double _entry;

    /// <summary>
    /// Least memory to give a build of so many workers: that of one merge, for more only leaves the processor's cache; that of two where each comparison
    /// goes to a library, and to the key itself for it.
    /// </summary>
    public static long MemoryFor(int workers, PlannedIndex index, double entryBytes, long most) => Math.Max(
        workers == 0 ? Least : MemoryPerParticipant * (workers + 1),
        Math.Min(most, (index.IsSlow ? ShapeModel.TwoPasses(index.Rows, entryBytes) : ShapeModel.OnePass(index.Rows, entryBytes)) * (workers + 1)));

    /// <summary>Rows that the first sample of a table takes.</summary>
    public static int SampleRows(double rows) => (int)Math.Clamp(rows * Share, FewestRows, MostRows);

    /// <summary>Measures; null when there are too few rows to measure anything.</summary>
    public async Task<ShapeModel?> FitAsync(CancellationToken cancellationToken)
    {
        int rows = SampleRows(index.Rows);
        ShapeModel? model = await SampleAsync(rows, null, cancellationToken).ConfigureAwait(false);
        if (model is null || !_sorts)
            return model;
        int larger = (int)Math.Clamp(LargeSample / ShapeModel.MemoryOf(model.EntryBytes), rows, MostRows);
        double expected = model.Estimate(index.Rows, model.Single, concurrently: false);
        return expected < LongSeconds || LargeBuilds * model.Estimate(larger, model.Single, concurrently: false) > LargeShare * expected
            ? PriorCost.WithWorker(model, index, limits, options)
            : await SampleAsync(larger, model, cancellationToken).ConfigureAwait(false) is ShapeModel large
                ? PriorCost.WithWorkers(large, _ways, index, limits, options) : model;
    }

    private async Task<ShapeModel?> SampleAsync(int rows, ShapeModel? first, CancellationToken cancellationToken)
    {
        IndexSample sample = await IndexSample
            .TakeAsync(connection, index.Table, index.Rows, rows, ordinary: true, cancellationToken).ConfigureAwait(false);
        await using (sample.ConfigureAwait(false))
        {
            if (sample.Rows < FewestRows / 4)
                return null;
            _ways.Clear();
            // The first build reads the sample's pages for the first time; its time counts for nothing.
            await sample.UseAsync(0, Math.Min(Usual, _most), cancellationToken).ConfigureAwait(false);
            (_, long bytes) = await sample.TimeAsync(index.Clause, 1, cancellationToken).ConfigureAwait(false);
            double entry = _entry = 0.9 * bytes / sample.Rows;
            Add(0, entry);
            if (first is not null && options.MemoryBytes is null && _ways[0].MemoryBytes != Math.Min(Usual, _most))
                _ways.Add(new MeasuredWay(0, Math.Min(Usual, _most), double.MaxValue));
            IEnumerable<int> counts = options.Workers is int wanted ? [wanted] : first is null ? [] : [1, 3, 7];
            Queue<int> workers = new(!_sorts ? [] : counts.Where(count => count > 0 && count <= limits.Workers
                && (options.MemoryBytes is not null || MemoryFor(count, index, entry, _most) <= _most)));
            if (workers.TryDequeue(out int one))
                Add(one, entry);
            await MeasureAsync(sample, 0, cancellationToken).ConfigureAwait(false);
            while (workers.TryDequeue(out int more) && _ways[^1].Seconds < WorthMore * _ways[^2].Seconds)
            {
                Add(more, entry);
                await MeasureAsync(sample, _ways.Count - 2, cancellationToken).ConfigureAwait(false);
            }

            // What rows in order take grows with their number alone: once is enough.
            double ordered = first is null ? await OrderedAsync(sample, cancellationToken).ConfigureAwait(false)
                : first.OrderedSeconds * sample.Rows / first.SampleRows;
            return new ShapeModel(sample.Rows, ordered, entry, (double)sample.HeapBytes / sample.Rows, Cheapest());
        }
    }

    private void Add(int workers, double entry) => _ways.Add(new MeasuredWay(
        workers, options.MemoryBytes ?? (_sorts ? MemoryFor(workers, index, entry, _most) : Math.Min(Usual, _most)), double.MaxValue));

    // In turns: what else the server does at a moment then hits every way, and the least of some times none.
    private async Task MeasureAsync(IndexSample sample, int from, CancellationToken cancellationToken)
    {
        for (int round = 0; round < Rounds; round++)
        {
            for (int at = from; at < _ways.Count; at++)
            {
                MeasuredWay way = _ways[at];
                await sample.UseAsync(way.Workers, at == 0 ? Scaled(sample, way.MemoryBytes) : way.MemoryBytes, cancellationToken).ConfigureAwait(false);
                (TimeSpan time, _) = await sample.TimeAsync(index.Clause, 1, cancellationToken).ConfigureAwait(false);
                _ways[at] = way with { Seconds = Math.Min(way.Seconds, time.TotalSeconds) };
            }
        }
    }

    // Where the whole is sorted in runs that are merged, the sample is too: little memory never leaves the cache, so less of it costs the same.
    private long Scaled(IndexSample sample, long memory)
    {
        double sorts = ShapeModel.MemoryOf(_entry);
        return !_sorts || index.Rows * sorts <= memory ? memory : Math.Min(memory, Math.Max(Megabyte, (long)(sample.Rows * sorts / 4)));
    }

    private async Task<double> OrderedAsync(IndexSample sample, CancellationToken cancellationToken)
    {
        // A partial index cannot put a table in order, and what is no btree has no order.
        if (!_sorts || index.Clause.Contains(" WHERE ", StringComparison.Ordinal))
            return _ways.Where(way => way.Workers == 0).Min(way => way.Seconds) / 2;
        await sample.UseAsync(0, _ways[0].MemoryBytes, cancellationToken).ConfigureAwait(false);
        await sample.OrderAsync(index.Clause, cancellationToken).ConfigureAwait(false);
        return (await sample.TimeAsync(index.Clause, Rounds, cancellationToken).ConfigureAwait(false)).Least.TotalSeconds;
    }

    // Of two ways that differ by less than the noise of a sample the one with less memory: what a larger sort loses in the
    // processor's cache grows with its size, and a sample is smaller than the whole.
    private IReadOnlyList<MeasuredWay> Cheapest() =>
        [.. _ways.GroupBy(way => way.Workers).Select(group =>
        {
            MeasuredWay fastest = group.MinBy(way => way.Seconds);
            return group.Where(way => way.Seconds <= fastest.Seconds * 1.1).MinBy(way => way.MemoryBytes);
        })];
}
