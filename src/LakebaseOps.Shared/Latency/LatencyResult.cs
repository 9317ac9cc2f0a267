namespace LakebaseOps;

/// <summary>
/// One measured cell: one mode with one key distribution. Times are response times of whole requests in milliseconds,
/// clock started before the pool is asked for a connection.
/// </summary>
public sealed record LatencyResult
{
    /// <summary>How the rows were fetched.</summary>
    public required FeatureMode Mode { get; init; }

    /// <summary>Where they were fetched from.</summary>
    public FeatureBackend Backend { get; init; }

    /// <summary>Backend and mode in short: the mode alone for PostgreSQL.</summary>
    public string Name => NameOf(Backend, Mode);

    /// <summary>Key distribution, e.g. "Uniform", "Zipf(0.99)", "HotCold(0.8/0.01)".</summary>
    public required string Distribution { get; init; }

    /// <summary>Loop type and concurrency, e.g. "closed loop, 1 client".</summary>
    public required string Loop { get; init; }

    /// <summary>Name of the cell in the files of its run folder; "" for one that was not written.</summary>
    public string Tag { get; init; } = "";

    /// <summary>Concurrent clients.</summary>
    public int Clients { get; init; } = 1;

    /// <summary>Tables read per request.</summary>
    public int Tables { get; init; }

    /// <summary>Requests timed (warm-up excluded).</summary>
    public long Requests { get; init; }

    /// <summary>Requests that failed; they are no latency samples.</summary>
    public long Errors { get; init; }

    /// <summary>Failures by SQLSTATE or exception name.</summary>
    public IReadOnlyDictionary<string, long> ErrorsByCode { get; init; } = new Dictionary<string, long>();

    /// <summary>Rows that came back and were checked (key echo, one row per table at most).</summary>
    public long RowsVerified { get; init; }

    /// <summary>Lookups that found a row, as a share of all lookups.</summary>
    public double HitShare { get; init; }

    /// <summary>Responses whose rows were not the ones asked for; any makes the cell invalid.</summary>
    public long WrongResponses { get; init; }

    /// <summary>Responses compared value by value with those of single queries, outside the timed part.</summary>
    public long ResponsesAudited { get; init; }

    /// <summary>Times per request that the client turned from sending to waiting: the network round trips it takes.</summary>
    public double RoundTripsPerRequest { get; init; }

    /// <summary>Times that requests asked again for keys DynamoDB had left unprocessed; the pauses and round trips are timed.</summary>
    public long Retries { get; init; }

    /// <summary>Wall time of the timed part.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>Requests completed per second.</summary>
    public double RequestsPerSecond { get; init; }

    /// <summary>Smallest.</summary>
    public double MinMs { get; init; }

    /// <summary>Arithmetic mean.</summary>
    public double MeanMs { get; init; }

    /// <summary>Median.</summary>
    public double P50Ms { get; init; }

    /// <summary>90th percentile.</summary>
    public double P90Ms { get; init; }

    /// <summary>95th percentile.</summary>
    public double P95Ms { get; init; }

    /// <summary>99th percentile; null below 368 effective samples ("insufficient").</summary>
    public double? P99Ms { get; init; }

    /// <summary>99.9th percentile; null below 3,688 effective samples ("insufficient").</summary>
    public double? P999Ms { get; init; }

    /// <summary>99.99th percentile; null below 36,887 effective samples ("insufficient").</summary>
    public double? P9999Ms { get; init; }

    /// <summary>Largest.</summary>
    public double MaxMs { get; init; }

    /// <summary>95 % confidence interval of the median by order statistics, when there are effective samples enough.</summary>
    public ConfidenceInterval? P50Interval { get; init; }

    /// <summary>95 % confidence interval of the 99th percentile by order statistics, when there are effective samples enough.</summary>
    public ConfidenceInterval? P99Interval { get; init; }

    /// <summary>The 50th, 99th, 99.9th and 99.99th percentile with what the samples are worth at each.</summary>
    public IReadOnlyList<LatencyPercentile> Percentiles { get; init => field = Indexable.Of(value); } = [];

    /// <summary>The histogram's buckets with at least one sample, in order of value.</summary>
    public IReadOnlyList<HistogramBucket> Histogram { get; init => field = Indexable.Of(value); } = [];

    /// <summary>
    /// The rounds in order, each a stretch of requests measured side by side with the other modes; long runs join
    /// neighbouring ones. Compare-LakebaseLatency rests on them.
    /// </summary>
    public IReadOnlyList<LatencyRound> Rounds { get; init => field = Indexable.Of(value); } = [];

    /// <summary>One entry per second of the timed part.</summary>
    public IReadOnlyList<LatencyInterval> Intervals { get; init => field = Indexable.Of(value); } = [];

    /// <summary>Where the time went; the parts of each request add up to its total.</summary>
    public IReadOnlyList<LatencyComponent> Components { get; init => field = Indexable.Of(value); } = [];

    /// <summary>What network and server may have had of a request's time: estimates, each with its source.</summary>
    public IReadOnlyList<LatencyEstimate> Estimates { get; init => field = Indexable.Of(value); } = [];

    /// <summary>The slowest requests, slowest first, each with its parts.</summary>
    public IReadOnlyList<LatencyExemplar> Slowest { get; init => field = Indexable.Of(value); } = [];

    /// <summary>A request from the middle of the distribution, with its parts.</summary>
    public LatencyExemplar? Median { get; init; }

    /// <summary>Largest difference between a request's total and the sum of its parts, in microseconds, over all requests.</summary>
    public double LargestResidualUs { get; init; }

    /// <summary>
    /// Median of "SELECT $1" prepared on the same connections, in milliseconds: the floor of one round trip. On DynamoDB that
    /// of GetItem with a key that does not exist.
    /// </summary>
    public double FloorP50Ms { get; init; }

    /// <summary>Requests of the warm-up before the clock started.</summary>
    public long WarmUpRequests { get; init; }

    /// <summary>Why the warm-up ended: "stable" or "limit reached".</summary>
    public string WarmUpEnd { get; init; } = "";

    /// <summary>Heap and index blocks found in shared buffers during the cell, by table statistics.</summary>
    public long BlocksHit { get; init; }

    /// <summary>Heap and index blocks read from outside shared buffers during the cell.</summary>
    public long BlocksRead { get; init; }

    /// <summary>What this process and its machine did meanwhile; null where it was not watched.</summary>
    public ClientLoad? Client { get; init; }

    /// <summary>What the server counted meanwhile; null where it was not asked.</summary>
    public ServerLoad? Server { get; init; }

    /// <summary>What was upserted meanwhile, beside all cells of the setting; null without.</summary>
    public RefreshResult? Refresh { get; init; }

    /// <summary>What shows the state of the cache it is labelled with; null when none was asked for.</summary>
    public CacheEvidence? Cache { get; init; }

    /// <summary>Bytes allocated by this process per request, client side.</summary>
    public double AllocatedBytesPerRequest { get; init; }

    /// <summary>Generation 0, 1 and 2 collections of this process during the cell.</summary>
    public IReadOnlyList<int> Collections { get; init => field = Indexable.Of(value); } = [];

    /// <summary>Seed of keys and order.</summary>
    public long Seed { get; init; }

    /// <summary>When the timed part began (UTC).</summary>
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>"Trustworthy", or the reasons why not.</summary>
    public string Trust { get; init; } = "";

    /// <summary>What of the endpoint changed while it was measured, fact by fact; anything makes the cell invalid.</summary>
    public IReadOnlyList<string> EndpointChanges { get; init => field = Indexable.Of(value); } = [];

    /// <summary>The service level asked for, as p99 in milliseconds; null when none was.</summary>
    public double? SlaP99Ms { get; init; }

    /// <summary>True when the p99 is within the service level; null when none was asked for or samples do not suffice.</summary>
    public bool? SlaMet => SlaP99Ms is double sla && P99Ms is double p99 ? p99 <= sla : null;

    /// <summary>What an open loop adds: offered and achieved rate, late and skipped requests, service time and lag; null for a closed one.</summary>
    public OpenLoopResult? Open { get; init; }

    /// <summary>How many round trips the mode takes, proved by longer ones; null unless asked for.</summary>
    public RoundTripProof? RoundTripProof { get; init; }

    /// <summary>The search that found this cell's rate; null when the rate was given.</summary>
    public RateSearchResult? RateSearch { get; init; }

    /// <summary>Largest share of failed requests that leaves the cell valid.</summary>
    public double ErrorLimit { get; init; } = 0.01;

    /// <summary>Why the figures must not be used; null when nothing forbids it.</summary>
    public string? InvalidReason =>
        WrongResponses > 0 ? $"{WrongResponses} wrong responses"
        : EndpointChanges.Count > 0 ? $"the endpoint changed meanwhile: {string.Join(", ", EndpointChanges)}"
        : Cache is { Temperature: CacheTemperature.Cold, MostResident: > 0.02 } ? $"it was not cold: {100 * Cache.MostResident:0} % lay in shared buffers"
        : Requests == 0 ? "no request succeeded"
        : Open is { Skipped: > 0 } ? $"{Open.Skipped} of {Open.Scheduled} scheduled requests were never sent"
        : Errors > ErrorLimit * (Requests + Errors) ? $"{Errors} of {Requests + Errors} requests failed"
        : null;

    /// <summary>Name of the session.</summary>
    public string? Session { get; init; }

    /// <summary>A mode of a backend in short: the mode alone for PostgreSQL.</summary>
    internal static string NameOf(FeatureBackend backend, FeatureMode mode) =>
        backend == FeatureBackend.PostgreSql ? mode.ToString() : $"{backend} {mode}";
}

/// <summary>An interval that holds the true value with 95 % confidence.</summary>
/// <param name="LowMs">Lower end, milliseconds.</param>
/// <param name="HighMs">Upper end, milliseconds.</param>
public sealed record ConfidenceInterval(double LowMs, double HighMs);

/// <summary>A percentile and how sure it is.</summary>
/// <param name="Percentile">Which, e.g. 99.9.</param>
/// <param name="ValueMs">Milliseconds; null when there are too few effective samples.</param>
/// <param name="Interval">95 % confidence interval.</param>
/// <param name="EffectiveSamples">
/// Independent samples that the requests are worth here: fewer than requests where slow ones come in bursts.
/// </param>
public sealed record LatencyPercentile(double Percentile, double? ValueMs, ConfidenceInterval? Interval, double EffectiveSamples);

/// <summary>The requests of one round.</summary>
/// <param name="Requests">How many.</param>
/// <param name="Histogram">Their nanoseconds as HdrHistogram's V2 compressed histogram in Base64.</param>
public sealed record LatencyRound(long Requests, string Histogram);

/// <summary>Samples of one histogram bucket.</summary>
/// <param name="UpToUs">Largest value the bucket holds, microseconds.</param>
/// <param name="Count">Samples in it.</param>
public sealed record HistogramBucket(double UpToUs, long Count);

/// <summary>One second of a cell.</summary>
/// <param name="AtSeconds">Seconds since the timed part began.</param>
/// <param name="Requests">Requests completed in it.</param>
/// <param name="P50Ms">Median, milliseconds.</param>
/// <param name="P99Ms">99th percentile, milliseconds.</param>
/// <param name="MaxMs">Largest, milliseconds.</param>
public sealed record LatencyInterval(double AtSeconds, long Requests, double P50Ms, double P99Ms, double MaxMs);

/// <summary>One part of the time of a request.</summary>
/// <param name="Name">
/// Lag (open loop: from the intended begin to sending), PoolIdle (taking a connection that lay idle), PoolWait (until another
/// request gave one back), PoolOpen (opening one), Send, FirstByte, Transfer, Decode or Residual.
/// </param>
/// <param name="MeanUs">Mean over all requests, microseconds.</param>
/// <param name="MedianUs">Mean over the requests between the 45th and 55th percentile, microseconds.</param>
/// <param name="SlowestUs">Mean over the slowest 1 %, microseconds.</param>
public sealed record LatencyComponent(string Name, double MeanUs, double MedianUs, double SlowestUs)
{
    /// <summary>Requests that spent any time on it.</summary>
    public long Requests { get; init; }
}

/// <summary>One request with its parts.</summary>
public sealed record LatencyExemplar
{
    /// <summary>How its rows were fetched.</summary>
    public FeatureMode Mode { get; init; }

    /// <summary>Its number in the cell, as in components.csv: with seed and settings it determines the key.</summary>
    public long Number { get; init; }

    /// <summary>When it began or, in an open loop, was to begin (UTC).</summary>
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>The key asked for.</summary>
    public required string Key { get; init; }

    /// <summary>Seconds since the timed part began.</summary>
    public double AtSeconds { get; init; }

    /// <summary>The whole request, microseconds.</summary>
    public double TotalUs { get; init; }

    /// <summary>Microseconds by part name, in order of time.</summary>
    public IReadOnlyDictionary<string, double> PartsUs { get; init; } = new Dictionary<string, double>();
}
