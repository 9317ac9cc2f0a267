using System.Management.Automation;
using LakebaseOps.Latency;

namespace LakebaseOps.Commands;

/// <summary>Measure-LakebaseFeatureLatency: response times of feature requests.</summary>
[Cmdlet(VerbsDiagnostic.Measure, "LakebaseFeatureLatency", SupportsShouldProcess = true)]
[OutputType(typeof(LatencyResult))]
public sealed class MeasureLakebaseFeatureLatencyCommand : FeatureReadCommand
{
    /// <summary>Modes to measure.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public FeatureMode[] Mode { get; set; } = [FeatureMode.Batch];

    /// <summary>Backends to measure.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public FeatureBackend[] Backend { get; set; } = [FeatureBackend.PostgreSql];

    /// <summary>Address of DynamoDB.</summary>
    [Parameter]
    [ValidateNotNull]
    public Uri? ServiceUrl { get; set; }

    /// <summary>Region of DynamoDB.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Region { get; set; }

    /// <summary>Beginning of the tables' names in DynamoDB.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string TablePrefix { get; set; } = "lakebase_ops.";

    /// <summary>Numbers of clients.</summary>
    [Parameter]
    [ValidateRange(1, 1_000)]
    public int[] Clients { get; set; } = [1];

    /// <summary>Rates of an open loop.</summary>
    [Parameter]
    [ValidateRange(0.001, 1_000_000.0)]
    public double[] Rate { get; set; } = [];

    /// <summary>When requests of an open loop begin.</summary>
    [Parameter]
    public ArrivalPattern Arrival { get; set; } = ArrivalPattern.Poisson;

    /// <summary>Requests of an open loop in flight.</summary>
    [Parameter]
    [ValidateRange(1, 10_000)]
    public int MaxInFlight { get; set; } = 64;

    /// <summary>Search the highest rate that meets the service level.</summary>
    [Parameter]
    public SwitchParameter FindRate { get; set; }

    /// <summary>Prove how many round trips each mode takes.</summary>
    [Parameter]
    public SwitchParameter ProveRoundTrips { get; set; }

    /// <summary>Largest share of failed requests.</summary>
    [Parameter]
    [ValidateRange(0.0, 1.0)]
    public double ErrorLimit { get; set; } = 0.01;

    /// <summary>Timed requests of each cell.</summary>
    [Parameter]
    [ValidateRange(1, long.MaxValue)]
    public long? Requests { get; set; }

    /// <summary>Time of each cell.</summary>
    [Parameter]
    public TimeSpan? Duration { get; set; }

    /// <summary>The most requests of a warm-up.</summary>
    [Parameter]
    [ValidateRange(0, long.MaxValue)]
    public long WarmUpLimit { get; set; } = 20_000;

    /// <summary>Key distributions.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public KeyDistribution[] Distribution { get; set; } = [KeyDistribution.Uniform];

    /// <summary>Which keys are asked for.</summary>
    [Parameter]
    public KeyRange KeyRange { get; set; } = KeyRange.Common;

    /// <summary>Zipf's exponent.</summary>
    [Parameter]
    [ValidateRange(0.0, 20.0)]
    public double Skew { get; set; } = 0.99;

    /// <summary>Share of requests on hot keys.</summary>
    [Parameter]
    [ValidateRange(0.0, 1.0)]
    public double HotShare { get; set; } = 0.8;

    /// <summary>Fraction of the keys that is hot.</summary>
    [Parameter]
    [ValidateRange(0.0, 1.0)]
    public double HotFraction { get; set; } = 0.01;

    /// <summary>Share of keys that no table holds.</summary>
    [Parameter]
    [ValidateRange(0.0, 1.0)]
    public double MissShare { get; set; }

    /// <summary>File with keys.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? KeyPath { get; set; }

    /// <summary>Connections.</summary>
    [Parameter]
    [ValidateRange(1, 1_000)]
    public int? PoolSize { get; set; }

    /// <summary>Rows per second upserted meanwhile.</summary>
    [Parameter]
    [ValidateRange(0.0, 10_000_000.0)]
    public double[] RefreshRate { get; set; } = [];

    /// <summary>States of the cache.</summary>
    [Parameter]
    public CacheTemperature[] CacheState { get; set; } = [];

    /// <summary>Service level.</summary>
    [Parameter]
    [ValidateRange(0.001, 1e9)]
    public double? SlaP99Ms { get; set; }

    /// <summary>Folder of the run.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? OutputPath { get; set; }

    /// <summary>Replace a run that is in the folder.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Seed of keys and order.</summary>
    [Parameter]
    public long Seed { get; set; } = 1;

    /// <inheritdoc />
    private protected override void Work(LakebaseSession session, IReadOnlyList<string> tables) =>
        Run(new MeasureFeatureLatencyOperation(session, new MeasureFeatureLatencyOptions
    {
        Table = tables,
        Workload = Rooted(Workload),
        KeyColumn = KeyColumn,
        Entity = Entity,
        Mode = Mode,
        Backend = Backend,
        ServiceUrl = ServiceUrl,
        Region = Region,
        TablePrefix = TablePrefix,
        Consistent = Consistent,
        ThrottleLimit = ThrottleLimit,
        Clients = Clients,
        Rate = Rate,
        Arrival = Arrival,
        MaxInFlight = MaxInFlight,
        FindRate = FindRate,
        ProveRoundTrips = ProveRoundTrips,
        ErrorLimit = ErrorLimit,
        Requests = Requests,
        Duration = Duration,
        WarmUpLimit = WarmUpLimit,
        Distribution = Distribution,
        KeyRange = KeyRange,
        Skew = Skew,
        HotShare = HotShare,
        HotFraction = HotFraction,
        MissShare = MissShare,
        KeyPath = KeyPath is null ? null : GetUnresolvedProviderPathFromPSPath(KeyPath),
        PoolSize = PoolSize,
        RefreshRate = RefreshRate,
        CacheState = CacheState,
        SlaP99Ms = SlaP99Ms,
        OutputPath = OutputPath is null ? null : GetUnresolvedProviderPathFromPSPath(OutputPath),
        Force = Force,
        Seed = Seed,
    }), asks: true);
}
