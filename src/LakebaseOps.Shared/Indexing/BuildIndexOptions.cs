namespace LakebaseOps;

/// <summary>
/// Which indexes to have and how to build them: the parameters of Build-LakebaseIndex. With <see cref="Definition"/> or
/// <see cref="Columns"/> those indexes are wanted; with neither, every index each table has, so that invalid ones are rebuilt.
/// </summary>
public sealed record BuildIndexOptions
{
    /// <summary>The tables, as name or schema.name.</summary>
    public IReadOnlyList<string>? Table { get; init; }

    /// <summary>Tables as DDL describes them: each of their indexes is wanted.</summary>
    public IReadOnlyList<TableDefinition>? Definition { get; init; }

    /// <summary>Key columns of one wanted index, in order.</summary>
    public IReadOnlyList<string>? Columns { get; init; }

    /// <summary>Columns that the index carries besides its key, for index-only scans.</summary>
    public IReadOnlyList<string>? Include { get; init; }

    /// <summary>True makes the index refuse duplicates.</summary>
    public bool Unique { get; init; }

    /// <summary>True makes the index the table's primary key.</summary>
    public bool PrimaryKey { get; init; }

    /// <summary>Name of the index; by default one made of table and columns.</summary>
    public string? Name { get; init; }

    /// <summary>True builds in one transaction: faster, but the table refuses writes meanwhile.</summary>
    public bool Offline { get; init; }

    /// <summary>Who decides on workers, memory, order and how many are built at once.</summary>
    public IndexBuildStrategy Strategy { get; init; }

    /// <summary>Tables at the same time, at most; by default what the strategy says.</summary>
    public int? ThrottleLimit { get; init; }

    /// <summary>Parallel workers of each build besides its leader; by default what the strategy says.</summary>
    public int? Workers { get; init; }

    /// <summary>maintenance_work_mem of each build in bytes; by default what the strategy says.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>Memory in bytes of all builds of a plan together; by default a quarter of the server's effective_cache_size.</summary>
    public long? MaxMemoryBytes { get; init; }

    /// <summary>
    /// Temporary files in bytes that all builds of a plan may write together; by default temp_file_limit, or what is free on the disk of
    /// a server on this machine.
    /// </summary>
    public long? MaxTempBytes { get; init; }

    /// <summary>True also rebuilds invalid indexes that no record shows to be ours.</summary>
    public bool Force { get; init; }
}
