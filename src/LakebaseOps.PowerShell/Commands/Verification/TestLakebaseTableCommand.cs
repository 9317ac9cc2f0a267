using System.Management.Automation;
using LakebaseOps.Completion;
using LakebaseOps.Connections;
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

    /// <summary>The role that must own the tables.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Owner { get; set; }

    /// <summary>DDL that says how the tables are to be defined.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Ddl { get; set; }

    /// <summary>How long scans must have been counted.</summary>
    [Parameter]
    public TimeSpan MinStatisticsAge { get; set; } = Defaults.MinStatisticsAge;

    /// <summary>Also compare the content with the load ledger.</summary>
    [Parameter]
    public SwitchParameter Content { get; set; }

    /// <summary>A table whose content each table must equal.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ReferenceTable { get; set; }

    /// <summary>The session to read the reference table from.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(SessionCompleter))]
    public SessionReference? ReferenceSession { get; set; }

    /// <summary>CSV files whose rows each table must hold.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? ReferencePath { get; set; }

    /// <summary>What the first line of a file is.</summary>
    [Parameter]
    public CsvHeader? Header { get; set; }

    /// <summary>Between fields of the files.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string Delimiter { get; set; } = Defaults.Delimiter;

    /// <summary>Unquoted text that means NULL in the files.</summary>
    [Parameter]
    [AllowEmptyString]
    public string Null { get; set; } = Defaults.Null;

    /// <summary>Encoding of the files.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string Encoding { get; set; } = Defaults.Encoding;

    /// <summary>What makes two rows equal.</summary>
    [Parameter]
    public ContentComparison Comparison { get; set; } = Defaults.Comparison;

    /// <summary>Most rows named that differ.</summary>
    [Parameter]
    [ValidateRange(1, 10000)]
    public int MaxDifferences { get; set; } = Defaults.MaxDifferences;

    /// <summary>Keeps what was read for another attempt.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? CheckpointPath { get; set; }

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

    /// <summary>Tables checked, and sessions that read content, at the same time.</summary>
    [Parameter]
    [ValidateRange(1, 64)]
    public int ThrottleLimit { get; set; } = Defaults.ThrottleLimit;

    /// <summary>Answer with one boolean.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    private protected override void Work(LakebaseSession session, IReadOnlyList<string> tables)
    {
        // Sessions belong to this thread's runspace, and one opened from a connection string to this call.
        SessionRegistry sessions = Sessions;
        SessionReference? reference = ConnectionHashtable.Plain(ReferenceSession);
        using SessionLease? source = reference is null ? null : Guard(() => Await(token => sessions.ResolveAsync(reference, token)));
        Run(new TestTableOperation(session, Options(tables) with { ReferenceSession = source?.Session.Name }) { Source = source?.Session });
    }

    private TestTableOptions Options(IReadOnlyList<string> tables) => new()
    {
        Table = tables,
        Check = Check,
        ExpectedRows = ExpectedRows,
        KeyColumn = KeyColumn,
        Reader = Reader,
        Owner = Owner,
        Ddl = Ddl is null || Ddl.AsSpan().IndexOfAny('\n', '(') >= 0 ? Ddl : GetUnresolvedProviderPathFromPSPath(Ddl),
        MinStatisticsAge = MinStatisticsAge,
        Content = Content,
        ReferenceTable = ReferenceTable,
        ReferencePath = ReferencePath is null ? null : [.. ReferencePath.Select(GetUnresolvedProviderPathFromPSPath)],
        Header = Header,
        Delimiter = Delimiter,
        Null = Null,
        Encoding = Encoding,
        Comparison = Comparison,
        MaxDifferences = MaxDifferences,
        CheckpointPath = CheckpointPath is null ? null : GetUnresolvedProviderPathFromPSPath(CheckpointPath),
        EstimateTolerance = EstimateTolerance,
        MinVisibleShare = MinVisibleShare,
        MaxModifiedShare = MaxModifiedShare,
        MaxBloatShare = MaxBloatShare,
        MaxNameBytes = MaxNameBytes,
        MaxSequentialScans = MaxSequentialScans,
        ThrottleLimit = ThrottleLimit,
        Quiet = Quiet,
    };
}
