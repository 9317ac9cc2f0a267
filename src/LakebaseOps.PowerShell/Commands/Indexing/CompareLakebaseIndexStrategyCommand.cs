using System.Management.Automation;
using LakebaseOps.Indexing.Comparing;

namespace LakebaseOps.Commands;

/// <summary>Compare-LakebaseIndexStrategy: which way of building indexes is faster here.</summary>
[Cmdlet(VerbsData.Compare, "LakebaseIndexStrategy", SupportsShouldProcess = true, DefaultParameterSetName = "Table")]
[OutputType(typeof(IndexStrategyComparison))]
public sealed class CompareLakebaseIndexStrategyCommand : TablesCommand
{
    private static readonly CompareIndexStrategyOptions Defaults = new();
    private readonly List<TableDefinition> _definitions = [];

    /// <summary>Tables as DDL describes them.</summary>
    [Parameter(ValueFromPipeline = true, ParameterSetName = "Table")]
    public TableDefinition[]? Definition { get; set; }

    /// <summary>Key columns of one index.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Columns")]
    [ValidateNotNullOrEmpty]
    public string[]? Columns { get; set; }

    /// <summary>Columns carried besides the key.</summary>
    [Parameter(ParameterSetName = "Columns")]
    [ValidateNotNullOrEmpty]
    public string[]? Include { get; set; }

    /// <summary>Refuse duplicates.</summary>
    [Parameter(ParameterSetName = "Columns")]
    public SwitchParameter Unique { get; set; }

    /// <summary>Strategies to compare.</summary>
    [Parameter]
    [ValidateCount(2, 3)]
    public IndexBuildStrategy[] Strategy { get; set; } = [.. Defaults.Strategy];

    /// <summary>Builds by each strategy.</summary>
    [Parameter]
    [ValidateRange(2, 1000)]
    public int Rounds { get; set; } = Defaults.Rounds;

    /// <summary>Refuse writes meanwhile.</summary>
    [Parameter]
    public SwitchParameter Offline { get; set; }

    private protected override void Gather(List<string> tables)
    {
        if (Definition is null)
            base.Gather(tables);
        else
            _definitions.AddRange(Definition);
    }

    private protected override void Work(LakebaseSession session, IReadOnlyList<string> tables)
    {
        CompareIndexStrategyOptions options = new()
        {
            Table = tables,
            Definition = [.. _definitions],
            Columns = Columns,
            Include = Include,
            Unique = Unique,
            Strategy = Strategy,
            Rounds = Rounds,
            Offline = Offline,
        };
        _definitions.Clear();
        Run(new CompareIndexStrategyOperation(session, options), asks: true);
    }
}
