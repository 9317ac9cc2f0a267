using System.Management.Automation;
using LakebaseOps.Completion;
using LakebaseOps.Verification;

namespace LakebaseOps.Commands;

/// <summary>Test-LakebaseTable: one result for each check of each table.</summary>
[Cmdlet(VerbsDiagnostic.Test, "LakebaseTable")]
[OutputType(typeof(TableCheck))]
public sealed class TestLakebaseTableCommand : TablesCommand
{
    private static readonly TestTableOptions Defaults = new();

    /// <summary>The checks to make.</summary>
    [Parameter(Position = 1)]
    [ValidateNotNullOrEmpty]
    public TableCheckKind[]? Check { get; set; }

    /// <summary>Rows each table must hold.</summary>
    [Parameter]
    [ValidateRange(0, long.MaxValue)]
    public long? ExpectedRows { get; set; }

    /// <summary>Columns of the key, where no primary key says so.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ColumnCompleter))]
    public string[]? KeyColumn { get; set; }

    /// <summary>Roles that must be able to read.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? Reader { get; set; }

    /// <summary>Also compare the content with the load ledger.</summary>
    [Parameter]
    public SwitchParameter Content { get; set; }

    /// <summary>A table whose content each table must equal.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ReferenceTable { get; set; }

    /// <summary>Largest deviation of the row estimate.</summary>
    [Parameter]
    [ValidateRange(0.0, 1.0)]
    public double EstimateTolerance { get; set; } = Defaults.EstimateTolerance;

    /// <summary>Smallest all-visible share.</summary>
    [Parameter]
    [ValidateRange(0.0, 1.0)]
    public double MinVisibleShare { get; set; } = Defaults.MinVisibleShare;

    /// <summary>Largest share of rows changed since ANALYZE.</summary>
    [Parameter]
    [ValidateRange(0.0, 1.0)]
    public double MaxModifiedShare { get; set; } = Defaults.MaxModifiedShare;

    /// <summary>Largest estimated waste.</summary>
    [Parameter]
    [ValidateRange(0.0, 1.0)]
    public double MaxBloatShare { get; set; } = Defaults.MaxBloatShare;

    /// <summary>Longest name in bytes.</summary>
    [Parameter]
    [ValidateRange(1, TableName.MaxBytes)]
    public int MaxNameBytes { get; set; } = Defaults.MaxNameBytes;

    /// <summary>Most sequential scans.</summary>
    [Parameter]
    [ValidateRange(0, long.MaxValue)]
    public long MaxSequentialScans { get; set; } = Defaults.MaxSequentialScans;

    /// <summary>Tables checked at the same time.</summary>
    [Parameter]
    [ValidateRange(1, 64)]
    public int ThrottleLimit { get; set; } = Defaults.ThrottleLimit;

    /// <summary>Answer with one boolean.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    private protected override void Work(LakebaseSession session, IReadOnlyList<string> tables) => Run(
        new TestTableOperation(session, new TestTableOptions
        {
            Table = tables,
            Check = Check,
            ExpectedRows = ExpectedRows,
            KeyColumn = KeyColumn,
            Reader = Reader,
            Content = Content,
            ReferenceTable = ReferenceTable,
            EstimateTolerance = EstimateTolerance,
            MinVisibleShare = MinVisibleShare,
            MaxModifiedShare = MaxModifiedShare,
            MaxBloatShare = MaxBloatShare,
            MaxNameBytes = MaxNameBytes,
            MaxSequentialScans = MaxSequentialScans,
            ThrottleLimit = ThrottleLimit,
            Quiet = Quiet,
        }));
}
