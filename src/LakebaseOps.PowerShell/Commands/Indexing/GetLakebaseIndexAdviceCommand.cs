using System.Management.Automation;
using LakebaseOps.Indexing.Advice;

namespace LakebaseOps.Commands;

/// <summary>Get-LakebaseIndexAdvice: which indexes could be better, with what that would change.</summary>
[Cmdlet(VerbsCommon.Get, "LakebaseIndexAdvice")]
[OutputType(typeof(IndexAdvice))]
public sealed class GetLakebaseIndexAdviceCommand : TablesCommand
{
    private static readonly IndexAdviceOptions Defaults = new();

    /// <summary>Rows to try indexes on.</summary>
    [Parameter]
    [ValidateRange(0, 10_000_000)]
    public int SampleRows { get; set; } = Defaults.SampleRows;

    /// <summary>How long scans must have been counted.</summary>
    [Parameter]
    public TimeSpan MinStatisticsAge { get; set; } = Defaults.MinStatisticsAge;

    /// <summary>Widest row to carry in an index.</summary>
    [Parameter]
    [ValidateRange(0, 2_000)]
    public int MaxIncludeBytes { get; set; } = Defaults.MaxIncludeBytes;

    private protected override void Work(LakebaseSession session, IReadOnlyList<string> tables) => Run(
        new GetIndexAdviceOperation(session, new IndexAdviceOptions
        {
            Table = tables,
            SampleRows = SampleRows,
            MinStatisticsAge = MinStatisticsAge,
            MaxIncludeBytes = MaxIncludeBytes,
        }));
}
