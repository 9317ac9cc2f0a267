namespace LakebaseOps;

/// <summary>What a restore or copy did; every figure was read back from the target.</summary>
public sealed record RestoreResult
{
    /// <summary>Where it came from: folder of a dump, or server and database.</summary>
    public required string Source { get; init; }

    /// <summary>The database that holds it now.</summary>
    public required string Database { get; init; }

    /// <summary>Name of the target's session; binds to -Session by property name.</summary>
    public string? Session { get; init; }

    /// <summary>"Restored".</summary>
    public required string Status { get; init; }

    /// <summary>How the rows were proved: each table's content read back and compared, or its rows counted.</summary>
    public LoadProof Proof { get; init; }

    /// <summary>False when tables are of different moments of the source.</summary>
    public bool IsConsistent { get; init; } = true;

    /// <summary>True when an earlier call had begun it.</summary>
    public bool IsResumed { get; init; }

    /// <summary>Objects made besides rows.</summary>
    public int Objects { get; init; }

    /// <summary>Rows.</summary>
    public long Rows { get; init; }

    /// <summary>Bytes of the rows as COPY carries them.</summary>
    public long Bytes { get; init; }

    /// <summary>Tables, the largest first.</summary>
    public IReadOnlyList<RestoredTable> Tables { get; init => field = Indexable.Of(value); } = [];

    /// <summary>Schemas or tables that were replaced and are kept, under their present names.</summary>
    public IReadOnlyList<string> Previous { get; init => field = Indexable.Of(value); } = [];

    /// <summary>What was not carried, one line each with the reason.</summary>
    public IReadOnlyList<string> Left { get; init => field = Indexable.Of(value); } = [];

    /// <summary>Time of each phase.</summary>
    public IReadOnlyList<PhaseDuration> Phases { get; init => field = Indexable.Of(value); } = [];

    /// <summary>When it began (UTC).</summary>
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>Wall time.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>Rows per second over the whole time.</summary>
    public double RowsPerSecond => Duration > TimeSpan.Zero ? Rows / Duration.TotalSeconds : 0;
}

/// <summary>A table that was restored.</summary>
public sealed record RestoredTable
{
    /// <summary>Its name on the target; binds to -Table by property name.</summary>
    public required string Table { get; init; }

    /// <summary>Rows.</summary>
    public long Rows { get; init; }

    /// <summary>Bytes of the rows as COPY carries them.</summary>
    public long Bytes { get; init; }

    /// <summary>Sum of the rows' hashes, 32 hexadecimal digits.</summary>
    public string? Hash { get; init; }
}
