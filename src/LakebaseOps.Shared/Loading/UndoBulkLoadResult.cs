namespace LakebaseOps;

/// <summary>What undoing a bulk load did; every figure was read back from the server.</summary>
public sealed record UndoBulkLoadResult
{
    /// <summary>The table whose former rows are back; binds to -Table by property name.</summary>
    public required string Table { get; init; }

    /// <summary>Name of the session; binds to -Session by property name.</summary>
    public string? Session { get; init; }

    /// <summary>"Restored".</summary>
    public required string Status { get; init; }

    /// <summary>Rows that the table holds now.</summary>
    public long Rows { get; init; }

    /// <summary>The name under which the restored table was kept.</summary>
    public required string RestoredTable { get; init; }

    /// <summary>Where the table that was replaced now is kept, so that this can be undone in turn; null when it was dropped.</summary>
    public string? PreviousTable { get; init; }

    /// <summary>When it began (UTC).</summary>
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>Wall time.</summary>
    public TimeSpan Duration { get; init; }
}
