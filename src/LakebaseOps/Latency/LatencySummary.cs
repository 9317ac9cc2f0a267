using System.Globalization;
using LakebaseOps.Latency.Auditing;
using LakebaseOps.Latency.Histograms;
using LakebaseOps.Latency.Statistics;
using LakebaseOps.Serving.DynamoDb;

namespace LakebaseOps.Latency;

/// <summary>Makes the result of a cell.</summary>
internal static class LatencySummary
{
    private const double Nanoseconds = 1e6;

    private static readonly double[] Percentiles = [50, 99, 99.9, 99.99];

    /// <summary>The result of a cell.</summary>
    /// <param name="cell">What was measured.</param>
    /// <param name="tables">The number of tables of a request.</param>
    /// <param name="floor">Times of the floor probe.</param>
    /// <param name="label">The distribution as text.</param>
    /// <param name="clients">Clients of the loop.</param>
    /// <param name="options">What was asked for.</param>
    /// <param name="session">The session's name.</param>
    /// <param name="refresh">What was upserted meanwhile.</param>
    /// <param name="repeat">How many cells of the same mode came before it in the setting.</param>
    public static LatencyResult Of(
        LatencyCell cell, int tables, LatencyHistogram floor, string label, int clients,
        MeasureFeatureLatencyOptions options, string session, RefreshResult? refresh, int repeat = 0)
    {
        LatencyHistogram all = cell.Histogram;
        LatencySample[] sorted = cell.Samples.Sorted();
        double seconds = (cell.Open?.Spent ?? cell.Costs.Wall).TotalSeconds;
        ClientLoad? client = cell.Load.Client(cell.Costs);
        ServerLoad? server = cell.Load.Server();
        LatencyPercentile[] percentiles = [.. Percentiles.Select(percentile => Percentile(cell, percentile))];
        // Arrays where a script indexes: PowerShell takes [0] of another read-only list for the whole of it.
        return new LatencyResult
        {
            Backend = cell.Backend,
            Mode = cell.Mode,
            Distribution = label,
            Loop = Loop(cell.Open, clients) + (refresh is null ? "" : RefreshResult.Label(refresh.RowsPerSecond)),
            Clients = clients,
            Tag = HistogramLog.Tag(string.Create(CultureInfo.InvariantCulture, $"{cell.Name}|{label}|{(cell.Open is { } open ? $"{open.Arrival}-{open.Rate:0.###}" : $"closed-{clients}")}{(refresh is null ? "" : $"|refresh-{refresh.RowsPerSecond:0.###}")}{(repeat == 0 ? "" : $"|{repeat + 1}")}")),
            Open = Open(cell),
            Tables = tables,
            Requests = all.Count,
            Errors = cell.Errors.Values.Sum(),
            ErrorsByCode = new Dictionary<string, long>(cell.Errors),
            RowsVerified = cell.Rows,
            HitShare = all.Count == 0 ? 0 : (double)cell.Rows / cell.Lookups,
            WrongResponses = cell.Wrong,
            ResponsesAudited = cell.Audited,
            RoundTripsPerRequest = all.Count == 0 ? 0 : (double)cell.RoundTrips / all.Count,
            Retries = cell.Retries,
            Duration = cell.Costs.Wall,
            RequestsPerSecond = seconds > 0 ? all.Count / seconds : 0,
            MinMs = all.Min / Nanoseconds,
            MeanMs = all.Mean / Nanoseconds,
            P50Ms = all.ValueAt(0.5) / Nanoseconds,
            P90Ms = all.ValueAt(0.9) / Nanoseconds,
            P95Ms = all.ValueAt(0.95) / Nanoseconds,
            P99Ms = percentiles[1].ValueMs,
            P999Ms = percentiles[2].ValueMs,
            P9999Ms = percentiles[3].ValueMs,
            MaxMs = all.Max / Nanoseconds,
            P50Interval = percentiles[0].Interval,
            P99Interval = percentiles[1].Interval,
            Percentiles = percentiles,
            Rounds = cell.Rounds.Results(),
            Histogram = (HistogramBucket[])[.. all.Buckets().Select(bucket => new HistogramBucket(bucket.UpTo / 1e3, bucket.Count))],
            Intervals = (LatencyInterval[])[.. cell.Response.Intervals],
            Components = Components(cell, sorted),
            Slowest = (LatencyExemplar[])[.. cell.Samples.Slowest().Select(sample => Exemplar(cell, sample))],
            Median = sorted.Length == 0 ? null : Exemplar(cell, sorted[sorted.Length / 2]),
            LargestResidualUs = cell.LargestResidualUs,
            FloorP50Ms = floor.ValueAt(0.5) / Nanoseconds,
            WarmUpRequests = cell.WarmUp.Requests,
            WarmUpEnd = cell.WarmUp.End,
            BlocksHit = cell.Load.BlocksHit,
            BlocksRead = cell.Load.BlocksRead,
            Client = client,
            Cache = cell.Cache,
            Refresh = refresh,
            Server = server,
            AllocatedBytesPerRequest = all.Count == 0 ? 0 : (double)cell.Costs.AllocatedBytes / all.Count,
            Collections = [cell.Costs.Collections0, cell.Costs.Collections1, cell.Costs.Collections2],
            Seed = options.Seed,
            StartedAt = cell.Started?.Utc ?? default,
            Trust = Emulated(cell, options, Doubts.Verdict(cell, percentiles[1], client, server, refresh)),
            SlaP99Ms = options.SlaP99Ms,
            ErrorLimit = options.ErrorLimit,
            Session = session,
        };
    }

    // Whatever an emulator takes, the service takes something else.
    private static string Emulated(LatencyCell cell, MeasureFeatureLatencyOptions options, string verdict) =>
        cell.Backend == FeatureBackend.DynamoDb && new DynamoEndpoint(options.ServiceUrl, options.Region).IsEmulator
            ? Doubts.With(verdict, "an emulator on this machine answered, not DynamoDB")
            : verdict;

    private static string Loop(OpenLoopCounts? open, int clients) => open is null
        ? string.Create(CultureInfo.InvariantCulture, $"closed loop, {clients} client{(clients == 1 ? "" : "s")}")
        : string.Create(CultureInfo.InvariantCulture, $"open loop, {open.Rate:#,0.###}/s {open.Arrival}, at most {clients} in flight");

    private static OpenLoopResult? Open(LatencyCell cell) => cell.Open is not { } open ? null : new OpenLoopResult
    {
        Arrival = open.Arrival,
        RatePerSecond = open.Rate,
        OfferedPerSecond = open.ScheduleTime > TimeSpan.Zero ? open.Scheduled / open.ScheduleTime.TotalSeconds : 0,
        Rounds = open.Blocks,
        ScheduleTime = open.ScheduleTime,
        AchievedPerSecond = open.Spent > TimeSpan.Zero ? cell.Histogram.Count / open.Spent.TotalSeconds : 0,
        MaxInFlight = open.MaxInFlight,
        Scheduled = open.Scheduled,
        Late = open.Late,
        Waited = open.Waited,
        Delayed = open.Delayed,
        Skipped = open.Skipped,
        Backlog = open.Backlog,
        Service = Figures(cell.Service.All),
        Lag = Figures(cell.Lag.All),
    };

    private static LatencyFigures Figures(LatencyHistogram all)
    {
        return new LatencyFigures(Value(0.5), Value(0.9), Sure(0.99), Sure(0.999), all.Max / Nanoseconds);

        double Value(double p) => all.ValueAt(p) / Nanoseconds;
        double? Sure(double p) => OrderStatistics.Suffice(all.Count, p) ? Value(p) : null;
    }

    private static LatencyPercentile Percentile(LatencyCell cell, double percentile)
    {
        double p = percentile / 100;
        LatencyHistogram all = cell.Histogram;
        double effective = cell.Trail.EffectiveSamples(all.Count, all.ValueAt(p));
        return new LatencyPercentile(
            percentile,
            OrderStatistics.Suffice((long)effective, p) ? all.ValueAt(p) / Nanoseconds : null,
            OrderStatistics.Interval(all, p, effective) is var (low, high)
                ? new ConfidenceInterval(low / Nanoseconds, high / Nanoseconds) : null,
            effective);
    }

    private static List<LatencyComponent> Components(LatencyCell cell, LatencySample[] sorted)
    {
        int least = Math.Min(1, sorted.Length);
        ArraySegment<LatencySample> middle = new(sorted, (int)(sorted.Length * 0.45), Math.Max(least,
            (int)(sorted.Length * 0.1)));
        int slow = Math.Max(least, sorted.Length / 100);
        ArraySegment<LatencySample> slowest = new(sorted, sorted.Length - slow, slow);
        return
        [
            .. Parts(cell).Select(part => new LatencyComponent(
                part.ToString(), cell.MeanUs((int)part), Mean(middle, (int)part), Mean(slowest, (int)part))
            { Requests = cell.Having((int)part) }),
        ];
    }

    // Only an open loop has a lag, and only DynamoDB leaves keys for later.
    private static IEnumerable<RequestPart> Parts(LatencyCell cell) =>
        Enum.GetValues<RequestPart>().Where(part => part switch
        {
            RequestPart.Lag => cell.Open is not null,
            RequestPart.Backoff => cell.Backend == FeatureBackend.DynamoDb,
            _ => true,
        });

    private static double Mean(ArraySegment<LatencySample> samples, int part) =>
        samples.Count == 0 ? 0 : samples.Average(sample => sample.PartUs(part));

    private static LatencyExemplar Exemplar(LatencyCell cell, LatencySample sample) => new()
    {
        Mode = cell.Mode,
        Number = sample.Number,
        Key = cell.Requests.Describe(sample.Number),
        StartedAt = cell.Started!.Value.Utc.AddSeconds(cell.SecondsOf(sample)),
        AtSeconds = cell.SecondsOf(sample),
        TotalUs = sample.TotalUs,
        PartsUs = Parts(cell).ToDictionary(part => part.ToString(), part => sample.PartUs((int)part)),
    };
}
