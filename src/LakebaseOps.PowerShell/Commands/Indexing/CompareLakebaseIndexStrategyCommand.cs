using System.Management.Automation;
using LakebaseOps.Indexing.Comparing;

namespace LakebaseOps.Commands;

/// <summary>Compare-LakebaseIndexStrategy: which way of building indexes is faster here.</summary>
[Cmdlet(VerbsData.Compare, "LakebaseIndexStrategy", SupportsShouldProcess = true, DefaultParameterSetName = "Table")]
[OutputType(typeof(IndexStrategyComparison))]
public sealed class CompareLakebaseIndexStrategyCommand : WantedIndexesCommand
{
    private static readonly CompareIndexStrategyOptions Defaults = new();
    /// <summary>Strategies to compare.</summary>
    [Parameter]
    [ValidateCount(2, 3)]
    public IndexBuildStrategy[] Strategy { get; set; } = [.. Defaults.Strategy];

    /// <summary>Builds by each strategy.</summary>
    [Parameter]
    [ValidateRange(2, 1000)]
    public int Rounds { get; set; } = Defaults.Rounds;

    private protected override void Work(LakebaseSession session, IReadOnlyList<string> tables)
    {
        CompareIndexStrategyOptions options = new()
        {
            Table = tables,
            Definition = TakeDefinitions(),
            Columns = Columns,
            Include = Include,
            Unique = Unique,
            Strategy = Strategy,
            Rounds = Rounds,
            Offline = Offline,
        };
        Run(new CompareIndexStrategyOperation(session, options), asks: true);
    }
}
