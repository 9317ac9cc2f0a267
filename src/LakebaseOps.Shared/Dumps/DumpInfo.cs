namespace LakebaseOps;

/// <summary>What a completed dump holds, from its manifest; Test-LakebaseDump checks the files.</summary>
public sealed record DumpInfo
{
    /// <summary>Its folder; binds to -Path by property name.</summary>
    public required string Path { get; init; }

    /// <summary>The database it was taken from.</summary>
    public required string Database { get; init; }

    /// <summary>Host of the server.</summary>
    public required string HostName { get; init; }

    /// <summary>Version of the server.</summary>
    public required string ServerVersion { get; init; }

    /// <summary>When its snapshot was taken (UTC).</summary>
    public DateTimeOffset TakenAt { get; init; }

    /// <summary>The snapshot, as pg_current_snapshot wrote it.</summary>
    public required string Snapshot { get; init; }

    /// <summary>Place in the server's log when it was taken.</summary>
    public string? Lsn { get; init; }

    /// <summary>True when all rows are of one snapshot.</summary>
    public bool Consistent { get; init; }

    /// <summary>Objects, rows or both.</summary>
    public DumpContent Content { get; init; }

    /// <summary>Form of the rows.</summary>
    public DumpDataFormat DataFormat { get; init; }

    /// <summary>How files of rows are packed.</summary>
    public DumpCompression Compression { get; init; }

    /// <summary>Rows of the tables listed.</summary>
    public long Rows { get; init; }

    /// <summary>Bytes of these rows as the server sent them.</summary>
    public long DataBytes { get; init; }

    /// <summary>Bytes of their files.</summary>
    public long StoredBytes { get; init; }

    /// <summary>Tables with rows of their own.</summary>
    public IReadOnlyList<DumpTableInfo> Tables { get; init => field = Indexable.Of(value); } = [];

    /// <summary>Objects, in the order they are made in.</summary>
    public IReadOnlyList<DumpObjectInfo> Objects { get; init => field = Indexable.Of(value); } = [];

    /// <summary>What existed and was not carried, with the reason.</summary>
    public IReadOnlyList<string> Left { get; init => field = Indexable.Of(value); } = [];

    /// <summary>What wrote it.</summary>
    public required string CreatedBy { get; init; }

    /// <summary>SHA-256 of the manifest.</summary>
    public required string Seal { get; init; }
}

/// <summary>A table of a dump.</summary>
public sealed record DumpTableInfo
{
    /// <summary>Its name; binds to -Table by property name.</summary>
    public required string Table { get; init; }

    /// <summary>Rows.</summary>
    public long Rows { get; init; }

    /// <summary>Files.</summary>
    public int Chunks { get; init; }

    /// <summary>Bytes of its rows as the server sent them.</summary>
    public long DataBytes { get; init; }

    /// <summary>Bytes of its files.</summary>
    public long StoredBytes { get; init; }

    /// <summary>Sum of the hashes of its rows.</summary>
    public required string Hash { get; init; }

    /// <summary>Columns.</summary>
    public IReadOnlyList<string> Columns { get; init => field = Indexable.Of(value); } = [];

    /// <inheritdoc />
    public override string ToString() => Table;
}

/// <summary>An object of a dump.</summary>
/// <param name="Section">"PreData" or "PostData": before or after the rows.</param>
/// <param name="Kind">TABLE, INDEX, CONSTRAINT, ACL, …</param>
/// <param name="Schema">Its schema; empty for what lies in none.</param>
/// <param name="Name">Its name.</param>
/// <param name="Owner">Role that owned it; null where it has none.</param>
public sealed record DumpObjectInfo(string Section, string Kind, string Schema, string Name, string? Owner)
{
    /// <inheritdoc />
    public override string ToString() => Schema.Length == 0 ? $"{Kind} {Name}" : $"{Kind} {Schema}.{Name}";
}
