namespace LakebaseOps;

/// <summary>What a bulk load did to one table; every figure was counted or read back from the server.</summary>
public sealed record BulkLoadResult
{
    /// <summary>The table loaded; binds to -Table by property name.</summary>
    public required string Table { get; init; }

    /// <summary>Name of the session; binds to -Session by property name.</summary>
    public string? Session { get; init; }

    /// <summary>"Loaded", "AlreadyLoaded" (an earlier call finished it) or "Failed".</summary>
    public required string Status { get; init; }

    /// <summary>Rows in the table from this load, resumed chunks included.</summary>
    public long Rows { get; init; }

    /// <summary>Rows that were refused, resumed chunks included.</summary>
    public long Rejected { get; init; }

    /// <summary>The file with the refused rows; null when there are none.</summary>
    public string? RejectPath { get; init; }

    /// <summary>Rows that were new in the table, where rows are merged (Upsert, OnConflict Ignore or Update); else null.</summary>
    public long? InsertedRows { get; init; }

    /// <summary>Rows of the table that were updated, where rows are merged; else null.</summary>
    public long? UpdatedRows { get; init; }

    /// <summary>
    /// Rows of the input that changed nothing, where rows are merged: their key was there and is left alone, not newer, or
    /// followed by another row of the same key in the same chunk; else null. The three add up to <see cref="Rows"/>.
    /// </summary>
    public long? IgnoredRows { get; init; }

    /// <summary>What Append and Upsert did with the table's secondary indexes, and why; null with Replace.</summary>
    public string? IndexStrategy { get; init; }

    /// <summary>Bytes that the plan expected the rows to occupy with their indexes; null when it could not know.</summary>
    public long? PlannedBytes { get; init; }

    /// <summary>
    /// Bytes that the table occupies with its indexes, or has grown by where rows were added to it; null for the growth over
    /// more than one call.
    /// </summary>
    public long? ActualBytes { get; init; }

    /// <summary>ActualBytes divided by PlannedBytes: 1 when the plan was right; null when either is not known.</summary>
    public double? RatioToPlan => PlannedBytes is > 0 and long planned && ActualBytes is long actual ? (double)actual / planned : null;

    /// <summary>Bytes of input read by this call.</summary>
    public long InputBytes { get; init; }

    /// <summary>Chunks of this load in all.</summary>
    public int Chunks { get; init; }

    /// <summary>Chunks that an earlier, interrupted call had loaded.</summary>
    public int ResumedChunks { get; init; }

    /// <summary>Parallel streams used.</summary>
    public int Streams { get; init; }

    /// <summary>"Binary" or "Text", and for Text why.</summary>
    public string Encoding { get; init; } = "Binary";

    /// <summary>Order-free content hash (hexadecimal) of the loaded rows as sent; null where not computed.</summary>
    public string? ContentHash { get; init; }

    /// <summary>How the rows were proved to be there: "Count" or "Content".</summary>
    public string Proof { get; init; } = "Count";

    /// <summary>Bytes of write-ahead log written meanwhile, by everybody on the server.</summary>
    public long WalBytes { get; init; }

    /// <summary>Time of each phase in order: Stage, Load, Index, Freeze, Prove, Swap.</summary>
    public IReadOnlyList<PhaseDuration> Phases { get; init => field = Indexable.Of(value); } = [];

    /// <summary>When this call began on the table (UTC).</summary>
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>Wall time of this call for the table.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>Rows sent by this call per second of its load phase.</summary>
    public double RowsPerSecond { get; init; }

    /// <summary>Where the previous table was kept, with -KeepPrevious.</summary>
    public string? PreviousTable { get; init; }
}

/// <summary>One phase of a load.</summary>
/// <param name="Phase">Stage, Load, Index, Freeze, Prove or Swap.</param>
/// <param name="StartedAt">When it began (UTC).</param>
/// <param name="Duration">How long it took.</param>
public sealed record PhaseDuration(string Phase, DateTimeOffset StartedAt, TimeSpan Duration);
