using System.Management.Automation;
using LakebaseOps.Latency;

namespace LakebaseOps.Commands;

/// <summary>Measure-LakebaseFeatureLatency: response times of feature requests.</summary>
[Cmdlet(VerbsDiagnostic.Measure, "LakebaseFeatureLatency", SupportsShouldProcess = true)]
[OutputType(typeof(LatencyResult))]
public sealed class MeasureLakebaseFeatureLatencyCommand : FeatureRequestCommand
{
    /// <summary>Every key equally often, unless told otherwise.</summary>
    public MeasureLakebaseFeatureLatencyCommand() => Distribution = [KeyDistribution.Uniform];

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

    /// <summary>Time of each cell.</summary>
    [Parameter]
    public TimeSpan? Duration { get; set; }

    /// <summary>The most requests of a warm-up.</summary>
    [Parameter]
    [ValidateRange(0, long.MaxValue)]
    public long WarmUpLimit { get; set; } = 20_000;

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
        KeyPath = RootedKeyPath,
        PoolSize = PoolSize,
        RefreshRate = RefreshRate,
        CacheState = CacheState,
        SlaP99Ms = SlaP99Ms,
        OutputPath = OutputPath is null ? null : GetUnresolvedProviderPathFromPSPath(OutputPath),
        Force = Force,
        Seed = Seed,
    }), asks: true);
}
