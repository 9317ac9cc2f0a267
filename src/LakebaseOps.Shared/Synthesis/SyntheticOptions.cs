namespace LakebaseOps;

/// <summary>What rows to make up for a table.</summary>
public sealed record SyntheticOptions
{
    /// <summary>Rows; not given: a fraud table's real size times <see cref="Scale"/>.</summary>
    public long? Rows { get; init; }

    /// <summary>Share of a fraud table's real rows, at least 1,000 rows; about 3 million rows over all 30 tables by default.</summary>
    public double? Scale { get; init; }

    /// <summary>Start of all randomness; the same seed gives the same rows. Keys do not depend on it.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>Share of NULLs in columns that allow them, 0 to 1.</summary>
    public double NullShare { get; init; }

    /// <summary>Tables of one entity have the same keys; not given: the fraud table's entity, else the table's own name.</summary>
    public string? Entity { get; init; }
}
