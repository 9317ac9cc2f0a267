namespace LakebaseOps;

/// <summary>What became of one wanted index.</summary>
public sealed record IndexBuildResult
{
    /// <summary>The table; binds to -Table by property name.</summary>
    public required string Table { get; init; }

    /// <summary>The index.</summary>
    public required string Index { get; init; }

    /// <summary>"Built", "AlreadyValid" or "Failed".</summary>
    public required string Status { get; init; }

    /// <summary>Size in bytes, read after the build.</summary>
    public long SizeBytes { get; init; }

    /// <summary>When the build began (UTC).</summary>
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>Wall time of the build.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>Wall time that the plan estimated; null when nothing was measured.</summary>
    public TimeSpan? EstimatedDuration { get; init; }

    /// <summary>Size in bytes that the plan estimated; null when nothing was measured.</summary>
    public long? EstimatedSizeBytes { get; init; }

    /// <summary>Who decided how it was built; null when it was not built.</summary>
    public IndexBuildStrategy? Strategy { get; init; }

    /// <summary>Why it was built the way it was.</summary>
    public string? Reason { get; init; }

    /// <summary>Parallel maintenance workers asked for.</summary>
    public int Workers { get; init; }

    /// <summary>maintenance_work_mem of the build, in bytes.</summary>
    public long MemoryBytes { get; init; }

    /// <summary>True when the table stayed writable meanwhile.</summary>
    public bool Concurrently { get; init; }

    /// <summary>Name of the session; binds to -Session by property name.</summary>
    public string? Session { get; init; }
}
