using System.Management.Automation;
using LakebaseOps.Synthesis;

namespace LakebaseOps.Commands;

/// <summary>New-LakebaseSyntheticData: made-up rows as CSV files.</summary>
[Cmdlet(VerbsCommon.New, "LakebaseSyntheticData", SupportsShouldProcess = true, DefaultParameterSetName = "Definition")]
[OutputType(typeof(SyntheticFile))]
public sealed class NewLakebaseSyntheticDataCommand : LakebaseCommand
{
    private readonly List<TableDefinition> _definitions = [];

    /// <summary>Folder for the files.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>Definitions of tables.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = "Definition")]
    [ValidateNotNull]
    public TableDefinition[] Definition { get; set; } = [];

    /// <summary>Files of DDL that describe the tables.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Ddl")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] DdlPath { get; set; } = [];

    /// <summary>A known set of tables.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Workload")]
    public FeatureWorkload? Workload { get; set; }

    /// <summary>Only tables of these names; wildcards allowed.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Table { get; set; } = [];

    /// <summary>Rows of each table.</summary>
    [Parameter]
    [ValidateRange(0, long.MaxValue)]
    public long? Rows { get; set; }

    /// <summary>Share of the workload's real rows.</summary>
    [Parameter]
    [ValidateRange(1e-12, 1000.0)]
    public double? Scale { get; set; }

    /// <summary>Start of all randomness.</summary>
    [Parameter]
    public long Seed { get; set; } = 1;

    /// <summary>Share of NULLs.</summary>
    [Parameter]
    [ValidateRange(0.0, 1.0)]
    public double NullShare { get; set; }

    /// <summary>Entity that the keys are of.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Entity { get; set; }

    /// <summary>Files for each table.</summary>
    [Parameter]
    [ValidateRange(1, 10_000)]
    public int FileCount { get; set; } = 1;

    /// <summary>Compress the files.</summary>
    [Parameter]
    public SwitchParameter Gzip { get; set; }

    /// <summary>Files written at the same time.</summary>
    [Parameter]
    [ValidateRange(1, 256)]
    public int? ThrottleLimit { get; set; }

    /// <summary>Replace files that exist.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc />
    protected override void ProcessRecord() => _definitions.AddRange(Definition);

    /// <inheritdoc />
    protected override void EndProcessing() => Guard(() => Run(
        new NewSyntheticDataOperation(new NewSyntheticDataOptions
        {
            Path = GetUnresolvedProviderPathFromPSPath(Path),
            Definition = _definitions,
            DdlPath = [.. PathSet.Resolve(this, DdlPath)],
            Workload = Workload,
            Table = Table,
            Rows = Rows,
            Scale = Scale,
            Seed = Seed,
            NullShare = NullShare,
            Entity = Entity,
            FileCount = FileCount,
            Gzip = Gzip,
            ThrottleLimit = ThrottleLimit,
            Force = Force,
        }),
        asks: true));
}
