using System.Management.Automation;
using LakebaseOps.Completion;
using LakebaseOps.Dumps.Exporting;

namespace LakebaseOps.Commands;

/// <summary>Export-LakebaseDump: a database, or some of its tables, into a folder.</summary>
[Cmdlet(VerbsData.Export, "LakebaseDump", SupportsShouldProcess = true)]
[OutputType(typeof(DumpResult))]
public sealed class ExportLakebaseDumpCommand : SessionCommand
{
    private static readonly ExportDumpOptions Defaults = new();

    private readonly List<string> _tables = [];
    private LakebaseSession? _open;

    /// <summary>Folder for the dump.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>Only these tables and what belongs to them; wildcards allowed.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(TableCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? Table { get; set; }

    /// <summary>Only these schemas; wildcards allowed.</summary>
    [Parameter]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(SchemaCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? Schema { get; set; }

    /// <summary>Who reads what the database consists of.</summary>
    [Parameter]
    public DumpMethod Method { get; set; } = Defaults.Method;

    /// <summary>How files of rows are packed.</summary>
    [Parameter]
    public DumpCompression Compression { get; set; } = Defaults.Compression;

    /// <summary>Form of the rows.</summary>
    [Parameter]
    public DumpDataFormat DataFormat { get; set; } = Defaults.DataFormat;

    /// <summary>Objects without rows.</summary>
    [Parameter]
    public SwitchParameter SchemaOnly { get; set; }

    /// <summary>Rows without objects.</summary>
    [Parameter]
    public SwitchParameter DataOnly { get; set; }

    /// <summary>Streams that read at the same time.</summary>
    [Parameter]
    [ValidateRange(1, 64)]
    public int? ThrottleLimit { get; set; }

    /// <summary>Bytes of a table that one file takes.</summary>
    [Parameter]
    [ValidateRange(8192, long.MaxValue)]
    public long ChunkBytes { get; set; } = Defaults.ChunkBytes;

    /// <summary>Go on although the snapshot is gone.</summary>
    [Parameter]
    public SwitchParameter AllowInconsistent { get; set; }

    /// <summary>Throw a dump away that was broken off.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        // However many tables come down the pipeline, they go into one dump of one moment.
        _open ??= OpenSession();
        _tables.AddRange(Table ?? []);
    }

    /// <inheritdoc />
    protected override void EndProcessing()
    {
        if (_open is not { } session)
            return;
        Guard(() => Run(
            new ExportDumpOperation(session, new ExportDumpOptions
            {
                Path = DumpPaths.Literal(this, [Path]).Single(),
                Table = _tables.Count == 0 ? null : [.. _tables.Distinct(StringComparer.Ordinal)],
                Schema = Schema,
                Method = Method,
                Compression = Compression,
                DataFormat = DataFormat,
                SchemaOnly = SchemaOnly,
                DataOnly = DataOnly,
                ThrottleLimit = ThrottleLimit,
                ChunkBytes = ChunkBytes,
                AllowInconsistent = AllowInconsistent,
                Force = Force,
            }),
            asks: true));
    }
}
