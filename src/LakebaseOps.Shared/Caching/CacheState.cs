namespace LakebaseOps;

/// <summary>How much of a table or index lies in the server's shared buffers.</summary>
public sealed record CacheState
{
    /// <summary>The table; binds to -Table by property name.</summary>
    public required string Table { get; init; }

    /// <summary>The table's heap or one of its indexes.</summary>
    public required string Relation { get; init; }

    /// <summary>"Heap" or "Index".</summary>
    public required string Kind { get; init; }

    /// <summary>Size in bytes.</summary>
    public long SizeBytes { get; init; }

    /// <summary>Bytes resident in shared buffers; null when it could not be proved.</summary>
    public long? CachedBytes { get; init; }

    /// <summary>Bytes resident before warming or emptying; null when neither was done by this call or not provable.</summary>
    public long? CachedBytesBefore { get; init; }

    /// <summary>Resident share of the relation, 0 to 1; null when it could not be proved.</summary>
    public double? CachedShare => CachedBytes is long cached && SizeBytes > 0 ? Math.Min(1, (double)cached / SizeBytes) : null;

    /// <summary>How residency was established: "pg_buffercache", or what is missing.</summary>
    public string Evidence { get; init; } = "";

    /// <summary>
    /// Blocks, TOAST included, that requests which warmed it brought in from outside shared buffers; null when it was not warmed by
    /// requests, or the server counted nothing. Counts what others read meanwhile as well, and a block that several wait for once for each.
    /// </summary>
    public long? BlocksRead { get; init; }

    /// <summary>The same when the requests were sent again: 0 proves that all they need lay in shared buffers.</summary>
    public long? BlocksReadAgain { get; init; }

    /// <summary>How it was warmed: "pg_prewarm", "index-ordered read", e.g. "5,000 requests, Zipf(0.99)", or empty.</summary>
    public string WarmedBy { get; init; } = "";

    /// <summary>How it was emptied, e.g. "pg_buffercache_evict, files dropped for 2 files"; empty when it was not.</summary>
    public string ClearedBy { get; init; } = "";

    /// <summary>Wall time of warming this relation; requests warm all of them together.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>Name of the session; binds to -Session by property name.</summary>
    public string? Session { get; init; }
}
