using System.Management.Automation;
using LakebaseOps.Indexing;

namespace LakebaseOps.Commands;

/// <summary>Build-LakebaseIndex: makes sure that tables have their indexes, valid.</summary>
[Cmdlet("Build", "LakebaseIndex", SupportsShouldProcess = true, DefaultParameterSetName = "Table")]
[OutputType(typeof(IndexBuildResult))]
public sealed class BuildLakebaseIndexCommand : WantedIndexesCommand
{
    /// <summary>Name of the wanted index.</summary>
    [Parameter(ParameterSetName = "Columns")]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    /// <summary>Make it the primary key.</summary>
    [Parameter(ParameterSetName = "Columns")]
    public SwitchParameter PrimaryKey { get; set; }

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

    private protected override void Work(LakebaseSession session, IReadOnlyList<string> tables)
    {
        BuildIndexOptions options = new()
        {
            Table = tables,
            Definition = TakeDefinitions(),
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
        Run(new BuildIndexOperation(session, options), asks: true);
    }
}
