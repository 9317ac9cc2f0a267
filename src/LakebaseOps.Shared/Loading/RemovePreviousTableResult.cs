namespace LakebaseOps;

/// <summary>A kept table that was dropped.</summary>
public sealed record RemovePreviousTableResult
{
    /// <summary>The table that had replaced it; binds to -Table by property name.</summary>
    public required string Table { get; init; }

    /// <summary>Name of the session; binds to -Session by property name.</summary>
    public string? Session { get; init; }

    /// <summary>"Removed".</summary>
    public required string Status { get; init; }

    /// <summary>The name that it was kept under.</summary>
    public required string RemovedTable { get; init; }

    /// <summary>Bytes that it occupied with its indexes.</summary>
    public long FreedBytes { get; init; }

    /// <summary>When it was put aside (UTC).</summary>
    public DateTimeOffset KeptAt { get; init; }

    /// <summary>When its removal began (UTC).</summary>
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>Wall time.</summary>
    public TimeSpan Duration { get; init; }
}
