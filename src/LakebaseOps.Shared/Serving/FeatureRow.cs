namespace LakebaseOps;

/// <summary>The features of one entity key in one table.</summary>
public sealed record FeatureRow
{
    /// <summary>Number of the request, from 1, in the order the keys were given.</summary>
    public long Request { get; init; }

    /// <summary>The entity that the key is of; empty when requests have but one.</summary>
    public string Entity { get; init; } = "";

    /// <summary>The table read.</summary>
    public required string Table { get; init; }

    /// <summary>The key asked for.</summary>
    public required string Key { get; init; }

    /// <summary>False when the table holds no row of that key; then there are no values.</summary>
    public required bool Found { get; init; }

    /// <summary>Column values by name, the key column left out; SQL NULL is null.</summary>
    public IReadOnlyDictionary<string, object?> Values { get; init; } = new Dictionary<string, object?>();
}
