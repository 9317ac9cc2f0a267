using System.Management.Automation;
using LakebaseOps.Indexing;

namespace LakebaseOps.Commands;

/// <summary>Build-LakebaseIndex: makes sure that tables have their indexes, valid.</summary>
[Cmdlet("Build", "LakebaseIndex", SupportsShouldProcess = true, DefaultParameterSetName = "Table")]
[OutputType(typeof(IndexBuildResult))]
public sealed class BuildLakebaseIndexCommand : TablesCommand
{
    private readonly List<TableDefinition> _definitions = [];

    /// <summary>Tables as DDL describes them.</summary>
    [Parameter(ValueFromPipeline = true, ParameterSetName = "Table")]
    public TableDefinition[]? Definition { get; set; }

    /// <summary>Key columns of one wanted index.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Columns")]
    [ValidateNotNullOrEmpty]
    public string[]? Columns { get; set; }

    /// <summary>Columns carried besides the key.</summary>
    [Parameter(ParameterSetName = "Columns")]
    [ValidateNotNullOrEmpty]
    public string[]? Include { get; set; }

    /// <summary>Name of the wanted index.</summary>
    [Parameter(ParameterSetName = "Columns")]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    /// <summary>Refuse duplicates.</summary>
    [Parameter(ParameterSetName = "Columns")]
    public SwitchParameter Unique { get; set; }

    /// <summary>Make it the primary key.</summary>
    [Parameter(ParameterSetName = "Columns")]
    public SwitchParameter PrimaryKey { get; set; }

    /// <summary>Refuse writes meanwhile.</summary>
    [Parameter]
    public SwitchParameter Offline { get; set; }

    /// <summary>Who decides how they are built.</summary>
    [Parameter]
    public IndexBuildStrategy Strategy { get; set; }

    /// <summary>Builds at the same time.</summary>
    [Parameter]
    [ValidateRange(1, 64)]
    public int? ThrottleLimit { get; set; }

    /// <summary>Parallel workers of each build.</summary>
    [Parameter]
    [ValidateRange(0, 64)]
    public int? Workers { get; set; }

    /// <summary>Memory of each build in bytes.</summary>
    [Parameter]
    [ValidateRange(1048576, 2199022206976)]
    public long? MemoryBytes { get; set; }

    /// <summary>Memory of all builds together.</summary>
    [Parameter]
    [ValidateRange(1048576, 2199022206976)]
    public long? MaxMemoryBytes { get; set; }

    /// <summary>Temporary files of all builds together.</summary>
    [Parameter]
    [ValidateRange(0, long.MaxValue)]
    public long? MaxTempBytes { get; set; }

    /// <summary>Also rebuild invalid indexes of others.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override void Gather(List<string> tables)
    {
        if (Definition is null)
            base.Gather(tables);
        else
            _definitions.AddRange(Definition);
    }

    private protected override void Work(LakebaseSession session, IReadOnlyList<string> tables)
    {
        BuildIndexOptions options = new()
        {
            Table = tables,
            Definition = [.. _definitions],
            Columns = Columns,
            Include = Include,
            Name = Name,
            Unique = Unique,
            PrimaryKey = PrimaryKey,
            Offline = Offline,
            Strategy = Strategy,
            ThrottleLimit = ThrottleLimit,
            Workers = Workers,
            MemoryBytes = MemoryBytes,
            MaxMemoryBytes = MaxMemoryBytes,
            MaxTempBytes = MaxTempBytes,
            Force = Force,
        };
        _definitions.Clear();
        Run(new BuildIndexOperation(session, options), asks: true);
    }
}
