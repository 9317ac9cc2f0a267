namespace LakebaseOps.Indexing;

/// <summary>How one index is built.</summary>
public sealed record IndexBuildSettings
{
    /// <summary>
    /// True keeps the table writable (CREATE INDEX CONCURRENTLY); false builds in one transaction, which is faster and
    /// leaves nothing behind when it fails.
    /// </summary>
    public bool Concurrently { get; init; }

    /// <summary>Parallel workers besides the leader; null chooses by size and the server's limits.</summary>
    public int? Workers { get; init; }

    /// <summary>maintenance_work_mem in bytes; it bounds the whole build, all workers together. Null chooses.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>True takes the workers and the memory that the session has; <see cref="Workers"/> and <see cref="MemoryBytes"/> hold all the same.</summary>
    public bool ServerSettings { get; init; }

    /// <summary>Why workers and memory were given, for a person; null when a caller insisted.</summary>
    public string? Reason { get; init; }

    /// <summary>Time that the build is expected to take; null when not known.</summary>
    public TimeSpan? Estimate { get; init; }

    /// <summary>What its table and key are like; null when nobody has looked.</summary>
    internal Planning.PlannedIndex? Index { get; init; }

    /// <summary>The plan's choice, which what it really took is noted for; null without one, or where nothing is to be noted.</summary>
    internal Planning.IndexChoice? Choice { get; init; }

    /// <summary>True when its sort is expected to write temporary files, as those of all but small tables do.</summary>
    public bool Spills { get; init; } = true;

    /// <summary>True lets the planner choose workers and memory for a table that is not small, and says its reason.</summary>
    internal bool Planned { get; init; }

    /// <summary>Builds that run at the same time, which share the server's workers.</summary>
    public int Concurrency { get; init; } = 1;

    /// <summary>True takes an equal, valid index of another name for the wanted one.</summary>
    public bool AcceptOtherName { get; init; }

    /// <summary>True also rebuilds an invalid index that no record shows to be ours.</summary>
    public bool Force { get; init; }

    /// <summary>True makes the server's count of temporary files complete once the index stands.</summary>
    internal bool CountsTemporaryFiles { get; init; }

    /// <summary>Who watches all builds of a command; null for a watch of its own.</summary>
    internal IndexWatch? Watch { get; init; }

    /// <summary>Activity that the progress of the build belongs to.</summary>
    public string? ParentActivity { get; init; }
}
