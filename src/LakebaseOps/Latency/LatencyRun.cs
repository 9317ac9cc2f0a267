using System.Diagnostics;
using System.Globalization;
using LakebaseOps.Latency.Auditing;
using LakebaseOps.Latency.Estimates;
using LakebaseOps.Latency.Temperature;
using LakebaseOps.Operations;
using LakebaseOps.Serving;

namespace LakebaseOps.Latency;

/// <summary>
/// Measures several modes side by side: short blocks of each in an order drawn anew for every round, on the same
/// connections, so that drift and warming favour none.
/// </summary>
internal sealed class LatencyRun(
    Loop loop, FeatureReaders readers, ResponseAudit audit, CellWatch watch, TimeEstimates estimates, IReadOnlyList<LatencyCell> cells,
        long seed, CacheMaker? cache = null)
{
    private const int FloorProbes = 10;

    // What is done around a block should not take longer than the block; five rounds are the least that can be compared.
    private const long LeastBlock = 50;
    private const int LeastRounds = 5;

    private static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(1);

    /// <summary>Times of a round trip that does next to nothing, nanoseconds, by backend.</summary>
    public IReadOnlyDictionary<FeatureBackend, LatencyHistogram> Floors { get; } =
        readers.All.ToDictionary(reader => reader.Backend, _ => new LatencyHistogram());

    /// <summary>Runs until every cell is done.</summary>
    /// <param name="sink">Takes the progress.</param>
    /// <param name="activity">Name of the activity.</param>
    /// <param name="quota">Requests of each cell.</param>
    /// <param name="duration">Time of each cell instead.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task RunAsync(IOperationSink sink, string activity, long quota, TimeSpan? duration,
        CancellationToken cancellationToken)
    {
        SeededRandom random = SeededRandom.For(seed, 0x0DE5);
        int rounds = duration is null ? (int)Math.Min(loop.Rounds, Math.Max(LeastRounds, quota / LeastBlock)) : loop.Rounds;
        long requests = duration is null ? Math.Max(1, (quota + rounds - 1) / rounds) : long.MaxValue;
        TimeSpan limit = duration is TimeSpan wanted && wanted / loop.Rounds < loop.LongestBlock ? wanted / loop.Rounds : loop.LongestBlock;
        await FloorAsync(FloorProbes * rounds, record: false, cancellationToken).ConfigureAwait(false);
        try
        {
            while (cells.Any(cell => !cell.IsDone))
            {
                await FloorAsync(FloorProbes, record: true, cancellationToken).ConfigureAwait(false);
                foreach (LatencyCell cell in Shuffled(cells, ref random).Where(cell => !cell.IsDone))
                {
                    Timer reporting = new(_ => Report(cell), null, ProgressInterval, ProgressInterval);
                    await using (reporting.ConfigureAwait(false))
                        await BlockAsync(cell, requests, limit, cancellationToken).ConfigureAwait(false);
                    Report(cell);
                }
            }
        }
        finally
        {
            sink.Report(new OperationProgress(activity, "") { IsCompleted = true });
        }

        foreach (LatencyCell cell in cells)
            cell.Finish();

        void Report(LatencyCell cell)
        {
            // What comes before a cell's first request, the making of a cold cache say, can take longer than a report.
            if (cell.Started is null)
                return;
            sink.Report(new OperationProgress(activity, Status(cell)) { Percent = 100 * cells.Average(one => one.Progress) });
        }
    }

    private async Task BlockAsync(LatencyCell cell, long requests, TimeSpan limit, CancellationToken cancellationToken)
    {
        if (cache is not null && cell.Backend == FeatureBackend.PostgreSql)
            cell.Cache = await cache.MakeAsync(cell.Cache, cancellationToken).ConfigureAwait(false);
        StatementTotals counted = await estimates.ReadAsync(cell, cancellationToken).ConfigureAwait(false);
        await watch.BeginAsync(cell, cancellationToken).ConfigureAwait(false);
        try
        {
            cell.Start();
            BlockCosts before = BlockCosts.Now();
            await loop.RunAsync(cell, requests, limit, cancellationToken).ConfigureAwait(false);
            cell.Costs += BlockCosts.Now() - before;
            await watch.EndAsync(cell, cancellationToken).ConfigureAwait(false);
            cell.Statements += await estimates.ReadAsync(cell, cancellationToken).ConfigureAwait(false) - counted;
            cell.EndBlock();
        }
        finally
        {
            await watch.StopAsync(cell).ConfigureAwait(false);
        }

        cell.Audited += await audit.RunAsync(cell, cancellationToken).ConfigureAwait(false);
    }

    private async Task FloorAsync(int probes, bool record, CancellationToken cancellationToken)
    {
        foreach (IFeatureReader reader in readers.All)
        {
            for (int probe = 0; probe < probes; probe++)
            {
                long nanoseconds = await reader.FloorAsync(cancellationToken).ConfigureAwait(false);
                if (record)
                    Floors[reader.Backend].Record(nanoseconds);
            }
        }
    }

    /// <summary>The order of a round: every one is as likely as any other.</summary>
    internal static T[] Shuffled<T>(IReadOnlyList<T> cells, ref SeededRandom random)
    {
        T[] order = [.. cells];
        for (int last = order.Length - 1; last > 0; last--)
        {
            int other = (int)random.Next(last + 1);
            (order[last], order[other]) = (order[other], order[last]);
        }

        return order;
    }

    private static string Status(LatencyCell cell)
    {
        (long p50, long p99, long errors) = cell.Latest();
        double seconds = Math.Max(1e-9, Stopwatch.GetElapsedTime(cell.Started!.Value.Timestamp).TotalSeconds);
        double rate = cell.Costs.Wall > TimeSpan.Zero ? cell.Histogram.Count / cell.Costs.Wall.TotalSeconds : cell.Histogram.Count / seconds;
        return string.Create(CultureInfo.InvariantCulture,
            $"{cell.Name}: p50 {p50 / 1e6:F3} ms, p99 {p99 / 1e6:F3} ms, {rate:N0} requests/s, {errors:N0} errors");
    }
}
