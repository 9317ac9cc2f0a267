namespace LakebaseOps;

/// <summary>A dump that was completed; every figure was counted.</summary>
public sealed record DumpResult
{
    /// <summary>Its folder; binds to -Path by property name.</summary>
    public required string Path { get; init; }

    /// <summary>Name of the session; binds to -Session by property name.</summary>
    public string? Session { get; init; }

    /// <summary>The database.</summary>
    public required string Database { get; init; }

    /// <summary>Objects: tables, types, keys, indexes, privileges, …</summary>
    public int Objects { get; init; }

    /// <summary>Tables with rows of their own.</summary>
    public int Tables { get; init; }

    /// <summary>Rows.</summary>
    public long Rows { get; init; }

    /// <summary>Files of rows.</summary>
    public int Chunks { get; init; }

    /// <summary>Of these, how many were there from an earlier call.</summary>
    public int ChunksKept { get; init; }

    /// <summary>Bytes of the rows as the server sent them.</summary>
    public long DataBytes { get; init; }

    /// <summary>Bytes of their files.</summary>
    public long StoredBytes { get; init; }

    /// <summary>Data bytes divided by stored bytes.</summary>
    public double Ratio { get; init; }

    /// <summary>True when all rows are of one snapshot.</summary>
    public bool Consistent { get; init; }

    /// <summary>The snapshot, as pg_current_snapshot wrote it.</summary>
    public required string Snapshot { get; init; }

    /// <summary>Place in the server's log when it was taken.</summary>
    public string? Lsn { get; init; }

    /// <summary>What exists and is not carried, with the reason.</summary>
    public IReadOnlyList<string> Left { get; init => field = Indexable.Of(value); } = [];

    /// <summary>SHA-256 of the manifest: two dumps with the same seal are the same.</summary>
    public required string Seal { get; init; }

    /// <summary>When it began (UTC).</summary>
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>Wall time of this call.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>Rows a second that this call dumped.</summary>
    public double RowsPerSecond { get; init; }
}
