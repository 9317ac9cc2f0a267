using LakebaseOps.Latency;

namespace LakebaseOps.Reports;

/// <summary>
/// Keeps a report to a size that can be mailed, whatever the length of the run: fine histograms and long courses over
/// time are merged before anything is drawn, so that the page shows exactly what it embeds. Fitting twice changes nothing.
/// </summary>
internal static class RunFit
{
    /// <summary>Widths of merged histogram buckets, relative to their value; the first that makes a histogram small enough is taken.</summary>
    public static IReadOnlyList<double> BucketWidths { get; } = [0.005, 0.01, 0.02, 0.05];

    // What all cells of a run may take together, and what one cell may at most and at least.
    private const int AllBuckets = 2_400;
    private const int AllIntervals = 1_200;
    private const int Rounds = 6;
    private static readonly (int Least, int Most) Buckets = (120, 480);
    private static readonly (int Least, int Most) Intervals = (60, 180);

    /// <summary>The run with what is too fine for a report merged.</summary>
    public static RunRecord Of(RunRecord run)
    {
        int cells = Math.Max(1, run.Latencies.Count);
        int buckets = Math.Clamp(AllBuckets / cells, Buckets.Least, Buckets.Most);
        int intervals = Math.Clamp(AllIntervals / cells, Intervals.Least, Intervals.Most);
        return run with
        {
            Latencies =
            [
                .. run.Latencies.Select(cell => cell with
                {
                    Histogram = Merged(cell.Histogram, buckets),
                    Intervals = cell.Intervals.Count > intervals ? Joined(cell.Intervals, intervals) : cell.Intervals,
                    Rounds = LatencyRounds.Joined(cell.Rounds, Rounds),
                }),
            ],
        };
    }

    /// <summary>What is merged, as a sentence for every report.</summary>
    public static string Note { get; } =
        $"Where a run has more histogram buckets or seconds than a page should carry, buckets are merged to a width of {Quantity.Share(BucketWidths[0])} to {Quantity.Share(BucketWidths[^1])} of their value and neighbouring seconds are joined at the worst of them, and rounds are joined to six; run.json holds them as measured.";

    private static IReadOnlyList<HistogramBucket> Merged(IReadOnlyList<HistogramBucket> exact, int most)
    {
        IReadOnlyList<HistogramBucket> merged = exact;
        foreach (double width in BucketWidths)
        {
            if (merged.Count <= most)
                break;
            merged = Merged(exact, width);
        }

        return merged;
    }

    private static List<HistogramBucket> Merged(IReadOnlyList<HistogramBucket> buckets, double width) =>
    [
        .. buckets
            .GroupBy(bucket => bucket.UpToUs > 0 ? (long)Math.Floor(Math.Log(bucket.UpToUs) / Math.Log(1 + width)) : long.MinValue)
            .Select(same => new HistogramBucket(same.Max(bucket => bucket.UpToUs), same.Sum(bucket => bucket.Count))),
    ];

    private static List<LatencyInterval> Joined(IReadOnlyList<LatencyInterval> intervals, int most)
    {
        int together = (intervals.Count + most - 1) / most;
        return
        [
            .. intervals.Chunk(together).Select(some => new LatencyInterval(
                some[0].AtSeconds, some.Sum(at => at.Requests), some.Max(at => at.P50Ms), some.Max(at => at.P99Ms), some.Max(at => at.MaxMs))),
        ];
    }
}
