namespace LakebaseOps;

/// <summary>What to dump, and how: the parameters of Export-LakebaseDump.</summary>
public sealed record ExportDumpOptions
{
    /// <summary>Folder for the dump, also of a volume (dbfs:/Volumes/…): a new or empty one, or that of a dump that was broken off.</summary>
    public string Path { get; init; } = "";

    /// <summary>Tables to dump, wildcards allowed; by default all. What belongs to them comes along.</summary>
    public IReadOnlyList<string>? Table { get; init; }

    /// <summary>Schemas to dump, wildcards allowed; by default all.</summary>
    public IReadOnlyList<string>? Schema { get; init; }

    /// <summary>Who reads what the database consists of.</summary>
    public DumpMethod Method { get; init; } = DumpMethod.Managed;

    /// <summary>How files of rows are packed.</summary>
    public DumpCompression Compression { get; init; } = DumpCompression.Zstd;

    /// <summary>Form of the rows.</summary>
    public DumpDataFormat DataFormat { get; init; } = DumpDataFormat.Binary;

    /// <summary>Objects without rows.</summary>
    public bool SchemaOnly { get; init; }

    /// <summary>Rows without objects.</summary>
    public bool DataOnly { get; init; }

    /// <summary>Streams that read at the same time; by default one for each processor, two at least and eight at most.</summary>
    public int? ThrottleLimit { get; init; }

    /// <summary>Bytes of a table, with TOAST, that one file takes.</summary>
    public long ChunkBytes { get; init; } = 32L * 1024 * 1024;

    /// <summary>Goes on with a dump that was broken off although its snapshot is gone; the manifest says so.</summary>
    public bool AllowInconsistent { get; init; }

    /// <summary>Throws a dump away that was broken off and begins anew; a completed one is never touched.</summary>
    public bool Force { get; init; }
}
