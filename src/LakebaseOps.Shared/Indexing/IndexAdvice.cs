namespace LakebaseOps;

/// <summary>One thing about an index that could be better, with what it would change.</summary>
public sealed record IndexAdvice
{
    /// <summary>The table; binds to -Table by property name.</summary>
    public required string Table { get; init; }

    /// <summary>The index.</summary>
    public required string Index { get; init; }

    /// <summary>What kind of advice it is.</summary>
    public required IndexAdviceKind Kind { get; init; }

    /// <summary>Why, in one sentence.</summary>
    public required string Reason { get; init; }

    /// <summary>The statement that follows the advice.</summary>
    public required string Statement { get; init; }

    /// <summary>Size of the index now, in bytes.</summary>
    public long SizeBytes { get; init; }

    /// <summary>Size it would have, in bytes, from a build over a sample; 0 when it would be gone, null when not measured.</summary>
    public long? ExpectedSizeBytes { get; init; }

    /// <summary>
    /// Time that building it as it is would take with one process: that of the sample, grown with n log n. Null when not measured.
    /// </summary>
    public TimeSpan? BuildDuration { get; init; }

    /// <summary>The same for the index as advised.</summary>
    public TimeSpan? ExpectedBuildDuration { get; init; }

    /// <summary>Name of the session; binds to -Session by property name.</summary>
    public string? Session { get; init; }
}

/// <summary>Kinds of advice.</summary>
public enum IndexAdviceKind
{
    /// <summary>A key that is text but could be bytea or uuid.</summary>
    KeyEncoding,

    /// <summary>A text key that compares by the rules of a language, and so slowly.</summary>
    Collation,

    /// <summary>Carry the table's other columns, so that a lookup need not visit the table.</summary>
    Include,

    /// <summary>An index that nobody reads.</summary>
    Unused,

    /// <summary>An index that another one makes superfluous.</summary>
    Duplicate,

    /// <summary>A long key that is only compared for equality: a hash index is smaller.</summary>
    Hash,

    /// <summary>An index much larger than a fresh one.</summary>
    Rebuild,
}
