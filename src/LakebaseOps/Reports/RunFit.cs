namespace LakebaseOps.Reports;

/// <summary>
/// Keeps a report to a size that can be mailed, whatever the length of the run: fine histograms and long courses over
/// time are merged before anything is drawn, so that the page shows exactly what it embeds. Fitting twice changes nothing.
/// </summary>
internal static class RunFit
{
    /// <summary>Width of merged histogram buckets, relative to their value.</summary>
    public const double BucketWidth = 0.005;

    private const int MostBuckets = 480;
    private const int MostIntervals = 180;

    /// <summary>The run with what is too fine for a report merged.</summary>
    public static RunRecord Of(RunRecord run) => run with
    {
        Latencies =
        [
            .. run.Latencies.Select(cell => cell with
            {
                Histogram = cell.Histogram.Count > MostBuckets ? Buckets(cell.Histogram) : cell.Histogram,
                Intervals = cell.Intervals.Count > MostIntervals ? Intervals(cell.Intervals) : cell.Intervals,
            }),
        ],
    };

    /// <summary>What is merged, as a sentence for every report.</summary>
    public static string Note { get; } =
        $"Histograms of more than {MostBuckets} buckets are held here in buckets {Quantity.Share(BucketWidth)} wide, and courses of more than {MostIntervals} seconds join neighbouring seconds at the worst of them; run.json holds them as measured.";

    private static List<HistogramBucket> Buckets(IReadOnlyList<HistogramBucket> buckets) =>
    [
        .. buckets
            .GroupBy(bucket => bucket.UpToUs > 0 ? (long)Math.Floor(Math.Log(bucket.UpToUs) / Math.Log(1 + BucketWidth)) : long.MinValue)
            .Select(same => new HistogramBucket(same.Max(bucket => bucket.UpToUs), same.Sum(bucket => bucket.Count))),
    ];

    private static List<LatencyInterval> Intervals(IReadOnlyList<LatencyInterval> intervals)
    {
        int together = (intervals.Count + MostIntervals - 1) / MostIntervals;
        return
        [
            .. intervals.Chunk(together).Select(some => new LatencyInterval(
                some[0].AtSeconds, some.Sum(at => at.Requests), some.Max(at => at.P50Ms), some.Max(at => at.P99Ms), some.Max(at => at.MaxMs))),
        ];
    }
}
