namespace LakebaseOps.Tests.Reports;

/// <summary>A made-up latency cell whose percentiles follow from its own histogram, as a measured one's do.</summary>
internal static class SampleCell
{
    private static readonly string[] Parts = ["PoolWait", "Send", "FirstByte", "Transfer", "Decode", "Residual"];
    private static readonly double[] Median = [0.01, 0.08, 0.62, 0.14, 0.14, 0.01];
    private static readonly double[] Slow = [0.22, 0.05, 0.55, 0.08, 0.09, 0.01];

    public static LatencyResult Create(FeatureMode mode, string keys, int hardness, int requests)
    {
        double floor = 30, body = mode switch { FeatureMode.Serial => 1080, FeatureMode.Batch => 340, FeatureMode.Union => 290, _ => 275 };
        body *= 1 + (hardness * 0.35);
        List<double> samples = [];
        ulong state = 88172645463325252UL + (ulong)mode + ((ulong)hardness << 8);
        for (int at = 0; at < requests; at++)
        {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            double even = (state >> 11) / (double)(1UL << 53);
            double tail = even > 0.985 ? 1 + (Math.Pow((even - 0.985) / 0.015, 3) * 7) : 1;
            samples.Add(0.001 * Math.Round(1000 * body * (0.78 + (0.36 * even)) * tail * (1 + (0.2 * Math.Pow(even, 9)))));
        }

        double[] sorted = [.. samples.Order()];
        double At(double share) => sorted[(int)Math.Min(requests - 1, Math.Ceiling(share * requests) - 1)] / 1000;
        double mean = sorted.Average() / 1000;
        int seconds = 20, each = requests / seconds;
        return new LatencyResult
        {
            Mode = mode, Distribution = keys, Loop = "closed loop, 1 client", Clients = 1, Tables = 30, Requests = requests,
            Errors = mode == FeatureMode.Serial && hardness == 1 ? 3 : 0,
            ErrorsByCode = mode == FeatureMode.Serial && hardness == 1 ? new Dictionary<string, long> { ["57014"] = 2, ["TimeoutException"] = 1 } : [],
            RowsVerified = requests * 30L, HitShare = 0.998, Duration = TimeSpan.FromSeconds(requests * mean / 1000), RequestsPerSecond = 1000 / mean,
            MinMs = sorted[0] / 1000, MeanMs = mean, P50Ms = At(0.5), P90Ms = At(0.9), P95Ms = At(0.95),
            P99Ms = requests < 368 ? null : At(0.99), P999Ms = requests < 3688 ? null : At(0.999), MaxMs = sorted[^1] / 1000,
            P50Interval = new ConfidenceInterval(At(0.49), At(0.51)),
            P99Interval = requests < 368 ? null : new ConfidenceInterval(At(0.988), At(0.992)),
            Histogram = [.. sorted.GroupBy(Bucket).Select(same => new HistogramBucket(same.Key, same.Count()))],
            Intervals =
            [
                .. samples.Chunk(each).Select((chunk, second) => new LatencyInterval(
                    second + 0.5, chunk.Length, chunk.Order().ElementAt(chunk.Length / 2) / 1000, chunk.Order().ElementAt(chunk.Length * 99 / 100) / 1000, chunk.Max() / 1000)),
            ],
            Components = [.. Parts.Select((part, at) => new LatencyComponent(part, mean * 1000 * Median[at], At(0.5) * 1000 * Median[at], At(0.995) * 1000 * Slow[at]))],
            Slowest = [.. sorted[^3..].Reverse().Select((total, at) => Exemplar($"b2c4…{at}", 3.2 + at, total, Slow))],
            Median = Exemplar("9f86d081884c7d65", 7.1, At(0.5) * 1000, Median),
            LargestResidualUs = 0.4, FloorP50Ms = floor / 1000, WarmUpRequests = 2000, WarmUpEnd = "stable", BlocksHit = requests * 118L,
            BlocksRead = requests * hardness * 2L, AllocatedBytesPerRequest = 9120 + (1000 * (int)mode), Collections = [14, 2, 0], Seed = 20261122,
            StartedAt = SampleRun.Start.AddSeconds(153 + (((int)mode + (hardness * 4)) * 19)),
            Trust = mode == FeatureMode.Serial && hardness == 1 ? "3 requests failed; 2 collections of generation 1 during the cell" : "Trustworthy", SlaP99Ms = 2,
        };
    }

    /// <summary>Upper edge of the bucket of 11 significant bits, as the measuring histogram has them.</summary>
    private static double Bucket(double us)
    {
        long nanoseconds = (long)Math.Round(us * 1000);
        int shift = Math.Max(0, 64 - 11 - System.Numerics.BitOperations.LeadingZeroCount((ulong)nanoseconds));
        return ((((nanoseconds >> shift) + 1) << shift) - 1) / 1000.0;
    }

    private static LatencyExemplar Exemplar(string key, double at, double total, double[] shares) => new()
    {
        Key = key, AtSeconds = at, TotalUs = total,
        PartsUs = Parts.Select((part, index) => (part, total * shares[index])).ToDictionary(),
    };
}
