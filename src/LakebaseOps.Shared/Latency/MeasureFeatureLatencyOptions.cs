namespace LakebaseOps;

/// <summary>How the keys of requests are drawn.</summary>
public enum KeyDistribution
{
    /// <summary>Every key equally often: the whole key range.</summary>
    Uniform,

    /// <summary>The n-th most popular key with probability proportional to n^-Skew.</summary>
    Zipf,

    /// <summary>
    /// A share of the requests (HotShare) on a fraction of the keys (HotFraction), the rest on all others.
    /// </summary>
    HotCold,

    /// <summary>The newest key most often: the n-th newest with probability proportional to n^-Skew.</summary>
    Latest,

    /// <summary>The keys of a file, line by line and from the beginning again.</summary>
    File,
}

/// <summary>Which keys of an entity are asked for.</summary>
public enum KeyRange
{
    /// <summary>Those that every table of the entity holds, so that each request finds all its rows.</summary>
    Common,

    /// <summary>Those that at least one table of the entity holds; smaller tables miss some.</summary>
    Whole,
}

/// <summary>Measure-LakebaseFeatureLatency.</summary>
public sealed record MeasureFeatureLatencyOptions : FeatureRequestOptions
{
    /// <summary>One client that reads in mode Batch, every key equally often.</summary>
    public MeasureFeatureLatencyOptions() => Distribution = [KeyDistribution.Uniform];

    /// <summary>
    /// Where to read from, interleaved like the modes. Each backend is measured in those of the modes that it has.
    /// </summary>
    public IReadOnlyList<FeatureBackend> Backend { get; init; } = [FeatureBackend.PostgreSql];

    /// <summary>
    /// Address of DynamoDB, e.g. that of an emulator; http only on this machine. Not given: the service of
    /// <see cref="Region"/>.
    /// </summary>
    public Uri? ServiceUrl { get; init; }

    /// <summary>Region of DynamoDB; by default that of this machine's AWS settings.</summary>
    public string? Region { get; init; }

    /// <summary>Beginning of the tables' names in DynamoDB, as Install-LakebaseDynamoDbTable was given it.</summary>
    public string TablePrefix { get; init; } = "lakebase_ops.";

    /// <summary>Closed-loop clients; each number is measured by itself.</summary>
    public IReadOnlyList<int> Clients { get; init; } = [1];

    /// <summary>Requests per second of an open loop; each rate is measured by itself. None: a closed loop.</summary>
    public IReadOnlyList<double> Rate { get; init; } = [];

    /// <summary>When the requests of an open loop begin.</summary>
    public ArrivalPattern Arrival { get; init; } = ArrivalPattern.Poisson;

    /// <summary>Requests of an open loop in flight at most; more wait and are late.</summary>
    public int MaxInFlight { get; init; } = 64;

    /// <summary>
    /// Search each mode's highest rate that meets <see cref="SlaP99Ms"/>, beginning at <see cref="Rate"/> (100 per second
    /// when not given); <see cref="Duration"/> is then the time of each trial.
    /// </summary>
    public bool FindRate { get; init; }

    /// <summary>
    /// Prove how many network round trips each mode takes, before measuring: requests go through a link on this machine that makes each
    /// round trip longer by 0, 1, 2 and 5 ms.
    /// </summary>
    public bool ProveRoundTrips { get; init; }

    /// <summary>Largest share of failed requests that leaves a cell valid, 0 to 1.</summary>
    public double ErrorLimit { get; init; } = 0.01;

    /// <summary>Timed part of each cell, instead of a number of requests.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>The most requests a mode's warm-up may take; 0 for no warm-up.</summary>
    public long WarmUpLimit { get; init; } = 20_000;

    /// <summary>
    /// Rows per second to upsert into the same tables meanwhile, each with the values it has; each rate is measured by itself, 0 is
    /// without. None: the measurement writes no table.
    /// </summary>
    public IReadOnlyList<double> RefreshRate { get; init; } = [];

    /// <summary>States of the server's cache to measure in, each by itself; none: as it is. Mixed and Cold need a sandbox.</summary>
    public IReadOnlyList<CacheTemperature> CacheState { get; init; } = [];

    /// <summary>The service level to hold, as p99 in milliseconds.</summary>
    public double? SlaP99Ms { get; init; }

    /// <summary>
    /// Folder to write the run into: run.json, latency.hlog and components.csv; not given: nothing is written.
    /// </summary>
    public string? OutputPath { get; init; }

    /// <summary>Replace a run that is in that folder.</summary>
    public bool Force { get; init; }
}
