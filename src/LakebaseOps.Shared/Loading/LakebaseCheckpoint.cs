namespace LakebaseOps;

/// <summary>What the ledger of a database knows about the latest load of a table.</summary>
public sealed record LakebaseCheckpoint
{
    /// <summary>The table; binds to -Table by property name.</summary>
    public required string Table { get; init; }

    /// <summary>Name of the session; binds to -Session by property name.</summary>
    public string? Session { get; init; }

    /// <summary>
    /// "Running" (somebody is loading right now), "Interrupted" (can be resumed), "Loaded", or "Undone" (finished, but another
    /// table bears the name now, so the same load would load again).
    /// </summary>
    public required string Status { get; init; }

    /// <summary>Stage, Load, Index, Freeze, Swap or Done.</summary>
    public required string Phase { get; init; }

    /// <summary>Replace or Append.</summary>
    public required string Mode { get; init; }

    /// <summary>"Files", "Synthetic" or "Objects"; the last cannot be resumed.</summary>
    public required string Source { get; init; }

    /// <summary>Chunks whose rows are in.</summary>
    public int ChunksDone { get; init; }

    /// <summary>Chunks still to come, estimated from those done; null when the size of the input is not known.</summary>
    public int? ChunksLeft { get; init; }

    /// <summary>The chunks, by input and place; empty unless they were asked for.</summary>
    public IReadOnlyList<LakebaseChunk> Chunks { get; init => field = Indexable.Of(value); } = [];

    /// <summary>Rows that were refused.</summary>
    public long Rejected { get; init; }

    /// <summary>Rows that are in.</summary>
    public long Rows { get; init; }

    /// <summary>Share of the input that is in, in percent; null when the size of the input is not known.</summary>
    public double? PercentDone { get; init; }

    /// <summary>The stage table of an unfinished load.</summary>
    public string? StageTable { get; init; }

    /// <summary>Bytes of the stage table with its indexes.</summary>
    public long StageBytes { get; init; }

    /// <summary>Indexes that an unfinished load into the live table has dropped; resuming or removing it builds them again.</summary>
    public IReadOnlyList<string> MissingIndexes { get; init => field = Indexable.Of(value); } = [];

    /// <summary>The former table that Undo-LakebaseBulkLoad would put back: the one put aside last of those that are still there.</summary>
    public string? PreviousTable { get; init; }

    /// <summary>All former tables that were kept and are still there, the one put aside last first.</summary>
    public IReadOnlyList<string> KeptTables { get; init => field = Indexable.Of(value); } = [];

    /// <summary>When the load began (UTC).</summary>
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>When it ended (UTC); null while it is unfinished.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>Identifier of the call that began it.</summary>
    public Guid RunId { get; init; }

    /// <summary>Identifier of the load.</summary>
    public Guid LoadId { get; init; }

    /// <summary>What the load is of: files with their lengths and proofs, layout, columns.</summary>
    public IReadOnlyDictionary<string, string> Fingerprint { get; init; } = new Dictionary<string, string>();
}
