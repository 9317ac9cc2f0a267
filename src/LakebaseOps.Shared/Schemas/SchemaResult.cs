namespace LakebaseOps;

/// <summary>What became of one wanted table, as it was read back from the catalog.</summary>
public sealed record SchemaResult
{
    /// <summary>The table; binds to -Table by property name.</summary>
    public required string Table { get; init; }

    /// <summary>"Created", or "AlreadyThere" when a table equal to the wanted one existed.</summary>
    public required string Status { get; init; }

    /// <summary>Number of columns.</summary>
    public int Columns { get; init; }

    /// <summary>Number of indexes, that of the primary key included.</summary>
    public int Indexes { get; init; }

    /// <summary>Number of constraints.</summary>
    public int Constraints { get; init; }

    /// <summary>Name of the session; binds to -Session by property name.</summary>
    public string? Session { get; init; }
}
