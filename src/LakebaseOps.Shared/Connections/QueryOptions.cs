namespace LakebaseOps;

/// <summary>The parameters of Invoke-LakebaseQuery.</summary>
public sealed record QueryOptions
{
    /// <summary>One or several SQL statements; parameters are written :name or @name.</summary>
    public required string Query { get; init; }

    /// <summary>Values of the parameters by name; null is SQL NULL.</summary>
    public IReadOnlyDictionary<string, object?> Parameters { get; init; } = new Dictionary<string, object?>();

    /// <summary>Seconds one statement may take; no limit when not given.</summary>
    public int? CommandTimeoutSeconds { get; init; }

    /// <summary>Run in a read-only transaction, in which the server itself refuses every change.</summary>
    public bool ReadOnly { get; init; }
}
