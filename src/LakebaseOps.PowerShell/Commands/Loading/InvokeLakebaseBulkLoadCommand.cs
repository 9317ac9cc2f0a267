using System.Management.Automation;
using LakebaseOps.Completion;
using LakebaseOps.Connections;
using LakebaseOps.Loading;
using LakebaseOps.Loading.Sources;

namespace LakebaseOps.Commands;

/// <summary>Invoke-LakebaseBulkLoad: fills tables from files, the generator or pipeline objects.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "LakebaseBulkLoad", SupportsShouldProcess = true, DefaultParameterSetName = "InputObject")]
[OutputType(typeof(BulkLoadResult))]
public sealed class InvokeLakebaseBulkLoadCommand : CsvCommand
{
    private readonly List<string> _files = [];
    private ObjectLoad? _objects;

    /// <summary>CSV files; wildcards allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "Path")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[]? Path { get; set; }

    /// <summary>CSV files, taken as written.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = "LiteralPath")]
    [Alias("PSPath")]
    [ValidateNotNullOrEmpty]
    public string[]? LiteralPath { get; set; }

    /// <summary>A JSON file that lists tables with their files.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Manifest")]
    [ValidateNotNullOrEmpty]
    public string? Manifest { get; set; }

    /// <summary>Objects whose properties are the columns, or lines of CSV.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = "InputObject")]
    public PSObject? InputObject { get; set; }

    /// <summary>Load generated rows.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Synthetic")]
    public SwitchParameter Synthetic { get; set; }

    /// <summary>A set of generated tables.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Workload")]
    public FeatureWorkload? Workload { get; set; }

    /// <summary>A query whose rows are loaded.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Query")]
    [ValidateNotNullOrEmpty]
    public string? Query { get; set; }

    /// <summary>A table whose rows are loaded.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "SourceTable")]
    [ValidateNotNullOrEmpty]
    public string? SourceTable { get; set; }

    /// <summary>The session to read a query or table from.</summary>
    [Parameter(ParameterSetName = "Query")]
    [Parameter(ParameterSetName = "SourceTable")]
    [ArgumentCompleter(typeof(SessionCompleter))]
    public SessionReference? SourceSession { get; set; }

    /// <summary>The table to fill.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true, ParameterSetName = "InputObject")]
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = "Synthetic")]
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = "Query")]
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = "SourceTable")]
    [Parameter(ValueFromPipelineByPropertyName = true, ParameterSetName = "Path")]
    [Parameter(ValueFromPipelineByPropertyName = true, ParameterSetName = "LiteralPath")]
    [Parameter(ValueFromPipelineByPropertyName = true, ParameterSetName = "Manifest")]
    [Parameter(ValueFromPipelineByPropertyName = true, ParameterSetName = "Workload")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(TableCompleter))]
    public string? Table { get; set; }

    /// <summary>DDL of tables that do not exist yet.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Ddl { get; set; }

    /// <summary>Rows to generate.</summary>
    [Parameter(ParameterSetName = "Synthetic")]
    [ValidateRange(0L, long.MaxValue)]
    public long? Rows { get; set; }

    /// <summary>Share of the workload's real size.</summary>
    [Parameter(ParameterSetName = "Synthetic")]
    [Parameter(ParameterSetName = "Workload")]
    public double? Scale { get; set; }

    /// <summary>Seed of the generator.</summary>
    [Parameter(ParameterSetName = "Synthetic")]
    [Parameter(ParameterSetName = "Workload")]
    public long? Seed { get; set; }

    /// <summary>Parallel streams.</summary>
    [Parameter]
    [ValidateRange(1, 64)]
    public int? ThrottleLimit { get; set; }

    /// <summary>Bytes of input of one transaction.</summary>
    [Parameter]
    [ValidateRange(1, 1073741824)]
    public int? ChunkBytes { get; set; }

    /// <summary>Rows of one transaction.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? ChunkRows { get; set; }

    /// <summary>Replace, append or upsert.</summary>
    [Parameter]
    public BulkLoadMode Mode { get; set; }

    /// <summary>How the load is proved before the swap.</summary>
    [Parameter]
    public LoadProof Proof { get; set; }

    /// <summary>Bytes per second at most.</summary>
    [Parameter]
    [ValidateRange(1L, long.MaxValue)]
    public long? MaxBytesPerSecond { get; set; }

    /// <summary>Bytes of write-ahead log that a standby or slot may be behind.</summary>
    [Parameter]
    [ValidateRange(1L, long.MaxValue)]
    public long? MaxWalLag { get; set; }

    /// <summary>Rows that may be refused: a number, or a share such as 0.1%.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? MaxErrors { get; set; }

    /// <summary>File or folder for refused rows.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? RejectPath { get; set; }

    /// <summary>Columns that say which rows are the same.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ColumnCompleter))]
    public string[]? KeyColumn { get; set; }

    /// <summary>Column in which a newer row has the greater value.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ColumnCompleter))]
    public string? VersionColumn { get; set; }

    /// <summary>What happens to rows whose key is there already.</summary>
    [Parameter]
    public BulkLoadConflict? OnConflict { get; set; }

    /// <summary>What Append and Upsert do with secondary indexes.</summary>
    [Parameter]
    public AppendIndexes AppendIndexes { get; set; }

    /// <summary>Keep the replaced table.</summary>
    [Parameter]
    public SwitchParameter KeepPrevious { get; set; }

    /// <summary>Load even if space seems short.</summary>
    [Parameter]
    public SwitchParameter SkipSpaceCheck { get; set; }

    /// <summary>Leave VACUUM out.</summary>
    [Parameter]
    public SwitchParameter SkipVacuum { get; set; }

    /// <summary>Begin anew.</summary>
    [Parameter]
    public SwitchParameter Restart { get; set; }

    /// <inheritdoc />
    protected override void ProcessRecord() => Guard(() =>
    {
        if (Synthetic || Workload is not null || Manifest is not null)
            Run(new BulkLoadOperation(OpenSession(), Options()), asks: true);
        else if (Query is not null || SourceTable is not null)
            LoadRows();
        else if (InputObject?.BaseObject is FileSystemInfo file)
            // The binder takes a file for an object, unless a parameter of files is given as well.
            _files.Add(file.FullName);
        else if (InputObject is not null)
            (_objects ??= Begin()).Add(InputObject);
        foreach (string path in Path ?? [])
            _files.AddRange(Resolve(path));
        foreach (string path in LiteralPath ?? [])
            _files.Add(GetUnresolvedProviderPathFromPSPath(path));
    });

    /// <inheritdoc />
    protected override void EndProcessing() => Guard(() =>
    {
        _objects?.Complete();
        if (_files.Count > 0)
            Run(new BulkLoadOperation(OpenSession(), Options() with { Path = [.. _files] }), asks: true);
    });

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _objects?.Dispose();
        base.Dispose(disposing);
    }

    private IReadOnlyList<string> Resolve(string path)
    {
        if (path == "-")
            return [path];
        // PowerShell itself does not know these: the engine expands them.
        if (path.Contains("**", StringComparison.Ordinal))
            return [GetUnresolvedProviderPathFromPSPath(path)];
        Exception? cause = null;
        try
        {
            if (GetResolvedProviderPathFromPSPath(path, out _) is { Count: > 0 } found)
                return found;
        }
        catch (ItemNotFoundException exception)
        {
            cause = exception;
        }

        throw new LakebaseError(ErrorIds.FileNotFound, LakebaseErrorKind.NotFound, $"There is no file '{path}'.")
        { Target = path, Cause = cause, Remedy = "Check the path; wildcards must match at least one file." }.ToException();
    }

    private void LoadRows()
    {
        // Sessions belong to this thread's runspace, and one opened from a connection string to this call.
        SessionRegistry sessions = Sessions;
        SessionReference? reference = ConnectionHashtable.Plain(SourceSession);
        using SessionLease? source = reference is null ? null : Await(token => sessions.ResolveAsync(reference, token));
        Run(new BulkLoadOperation(OpenSession(), Options() with { SourceSession = source?.Session.Name }) { Source = source?.Session }, asks: true);
    }

    private ObjectLoad Begin()
    {
        RecordChannel records = new();
        BulkLoadOperation operation = new(OpenSession(), Options()) { Records = records };
        return new ObjectLoad(Confirmed(operation) ? operation : null, records, this, StopToken);
    }

    private BulkLoadOptions Options() => CsvOptions() with
    {
        Table = Table,
        Manifest = Manifest is null ? null : GetUnresolvedProviderPathFromPSPath(Manifest),
        Ddl = Ddl is null || Ddl.AsSpan().IndexOfAny('\n', '(') >= 0 ? Ddl : GetUnresolvedProviderPathFromPSPath(Ddl),
        Query = Query,
        SourceTable = SourceTable,
        Synthetic = Synthetic,
        Workload = Workload,
        Rows = Rows,
        Scale = Scale,
        Seed = Seed,
        ThrottleLimit = ThrottleLimit,
        ChunkBytes = ChunkBytes,
        ChunkRows = ChunkRows,
        Mode = Mode,
        Proof = Proof,
        MaxBytesPerSecond = MaxBytesPerSecond,
        MaxWalLag = MaxWalLag,
        MaxErrors = MaxErrors,
        RejectPath = MaxErrors is null && RejectPath is null ? null : GetUnresolvedProviderPathFromPSPath(RejectPath ?? "."),
        KeyColumn = KeyColumn,
        VersionColumn = VersionColumn,
        OnConflict = OnConflict,
        AppendIndexes = AppendIndexes,
        KeepPrevious = KeepPrevious,
        SkipSpaceCheck = SkipSpaceCheck,
        SkipVacuum = SkipVacuum,
        Restart = Restart,
    };
}
