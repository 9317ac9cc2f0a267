namespace LakebaseOps;

/// <summary>A wide table on the server, as it was found after the command.</summary>
public sealed record WideTableResult
{
    /// <summary>Schema and name of the wide table; empty when there is none.</summary>
    public required string WideTable { get; init; }

    /// <summary>"Installed", "Replaced" (made anew), "Removed" or "Absent".</summary>
    public required string Action { get; init; }

    /// <summary>The entity whose tables it holds; empty when requests have but one.</summary>
    public required string Entity { get; init; }

    /// <summary>The tables it holds; binds to -Table by property name.</summary>
    public required IReadOnlyList<string> Table { get; init => field = Indexable.Of(value); }

    /// <summary>Hash of the tables' shape it was made for; kept in the table's comment.</summary>
    public required string Shape { get; init; }

    /// <summary>Its rows.</summary>
    public long Rows { get; init; }

    /// <summary>Its size with its index.</summary>
    public long SizeBytes { get; init; }

    /// <summary>Name of the session; binds to -Session by property name.</summary>
    public string? Session { get; init; }
}
