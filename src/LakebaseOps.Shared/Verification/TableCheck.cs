namespace LakebaseOps;

/// <summary>The outcome of one check of one table.</summary>
public sealed record TableCheck
{
    private readonly IReadOnlyList<RowDifference> _differences = [];

    /// <summary>The table checked; binds to -Table by property name.</summary>
    public required string Table { get; init; }

    /// <summary>Name of the check, e.g. "RowCount".</summary>
    public required string Check { get; init; }

    /// <summary>Passed, Warning, Failed or Skipped.</summary>
    public required CheckStatus Status { get; init; }

    /// <summary>What should be.</summary>
    public string Expected { get; init; } = "";

    /// <summary>What is.</summary>
    public string Actual { get; init; } = "";

    /// <summary>What to do about it.</summary>
    public string Remedy { get; init; } = "";

    /// <summary>The rows that differ, of the check Content.</summary>
    public IReadOnlyList<RowDifference> Differences { get => _differences; init => _differences = Indexable.Of(value); }

    /// <summary>Name of the session; binds to -Session by property name.</summary>
    public string? Session { get; init; }
}

/// <summary>Outcome of a check.</summary>
public enum CheckStatus
{
    /// <summary>As it should be.</summary>
    Passed,

    /// <summary>Works, yet worth a look.</summary>
    Warning,

    /// <summary>Wrong; a workflow stops here.</summary>
    Failed,

    /// <summary>Could not be checked; Actual says why.</summary>
    Skipped,
}
