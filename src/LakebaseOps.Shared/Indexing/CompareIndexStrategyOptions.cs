namespace LakebaseOps;

/// <summary>
/// Which indexes to build for comparison, and by which strategies: the parameters of Compare-LakebaseIndexStrategy. With
/// <see cref="Definition"/> or <see cref="Columns"/> those indexes are built; with neither, every index each table has.
/// </summary>
public sealed record CompareIndexStrategyOptions
{
    /// <summary>The tables, as name or schema.name.</summary>
    public IReadOnlyList<string>? Table { get; init; }

    /// <summary>Tables as DDL describes them: each of their indexes is built.</summary>
    public IReadOnlyList<TableDefinition>? Definition { get; init; }

    /// <summary>Key columns of one index, in order.</summary>
    public IReadOnlyList<string>? Columns { get; init; }

    /// <summary>Columns that the index carries besides its key.</summary>
    public IReadOnlyList<string>? Include { get; init; }

    /// <summary>True makes the index refuse duplicates.</summary>
    public bool Unique { get; init; }

    /// <summary>Strategies, two or more; the first is what the others are compared with.</summary>
    public IReadOnlyList<IndexBuildStrategy> Strategy { get; init; } = [IndexBuildStrategy.Planned, IndexBuildStrategy.Defaults];

    /// <summary>How often each strategy builds; two at least, for one says nothing about chance.</summary>
    public int Rounds { get; init; } = 3;

    /// <summary>True builds in transactions: the tables refuse writes meanwhile.</summary>
    public bool Offline { get; init; }
}
