namespace LakebaseOps;

/// <summary>What the check of a dump against its manifest found.</summary>
public sealed record DumpCheck
{
    /// <summary>Its folder; binds to -Path by property name.</summary>
    public required string Path { get; init; }

    /// <summary>True when every byte is as it was written, and all are there.</summary>
    public bool IsWhole { get; init; }

    /// <summary>Files that the manifest names, itself included.</summary>
    public int Files { get; init; }

    /// <summary>Tables.</summary>
    public int Tables { get; init; }

    /// <summary>Rows in the files that are as they should be.</summary>
    public long Rows { get; init; }

    /// <summary>Bytes of all files that were read.</summary>
    public long CheckedBytes { get; init; }

    /// <summary>Files that are damaged, missing or too many, with what is wrong.</summary>
    public IReadOnlyList<DumpProblem> Problems { get; init => field = Indexable.Of(value); } = [];

    /// <summary>Wall time.</summary>
    public TimeSpan Duration { get; init; }
}

/// <summary>A file of a dump that is not as it was written.</summary>
/// <param name="File">Its path within the dump.</param>
/// <param name="Problem">What is wrong.</param>
public sealed record DumpProblem(string File, string Problem)
{
    /// <inheritdoc />
    public override string ToString() => $"{File}: {Problem}";
}
