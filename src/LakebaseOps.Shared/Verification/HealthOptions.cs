namespace LakebaseOps;

/// <summary>What to look at and what is too much: the parameters of Get-LakebaseHealth. Shares lie between 0 and 1.</summary>
public sealed record HealthOptions
{
    /// <summary>The feature tables, as name or schema.name; wildcards allowed. By default every table of the database.</summary>
    public IReadOnlyList<string>? Table { get; init; }

    /// <summary>The checks to make; by default all.</summary>
    public IReadOnlyList<HealthCheckKind>? Check { get; init; }

    /// <summary>How long the server's counters are watched for what happens now: hit ratio and sequential scans.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Smallest share of the blocks read meanwhile that lay in shared buffers.</summary>
    public double MinHitShare { get; init; } = 0.99;

    /// <summary>Most sequential scans of a table above 1 MB meanwhile.</summary>
    public long MaxSequentialScans { get; init; }

    /// <summary>Oldest transaction.</summary>
    public TimeSpan MaxTransactionAge { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Longest wait for a lock.</summary>
    public TimeSpan MaxLockWait { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Largest share of the connections that are in use.</summary>
    public double MaxConnectionShare { get; init; } = 0.8;

    /// <summary>Largest share of a table that is estimated to be waste.</summary>
    public double MaxBloatShare { get; init; } = 0.4;

    /// <summary>Largest share of the transaction ids that are used up.</summary>
    public double MaxTransactionIdShare { get; init; } = 0.5;
}

/// <summary>What Get-LakebaseHealth looks at.</summary>
public enum HealthCheckKind
{
    /// <summary>VACUUM or ANALYZE at work on a table right now.</summary>
    Vacuum,

    /// <summary>Tables that are read from end to end right now.</summary>
    SequentialScans,

    /// <summary>Share of the blocks read right now that lay in shared buffers.</summary>
    HitRatio,

    /// <summary>Transactions, prepared transactions and replication slots that hold back VACUUM and builds of indexes.</summary>
    LongTransactions,

    /// <summary>Sessions that wait for a lock, and for whom.</summary>
    LockWaits,

    /// <summary>Connections in use.</summary>
    Connections,

    /// <summary>Connections and tokens near the end of their life.</summary>
    SessionLife,

    /// <summary>Tables much larger than their rows.</summary>
    Bloat,

    /// <summary>Transaction ids used up.</summary>
    TransactionIds,

    /// <summary>Settings worth changing.</summary>
    Settings,
}
