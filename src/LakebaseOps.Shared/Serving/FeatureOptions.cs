namespace LakebaseOps;

/// <summary>Which tables a feature request reads, and by which key of which entity.</summary>
public record FeatureOptions
{
    /// <summary>Tables by name; <c>*</c> and <c>?</c> are wildcards within schema and name.</summary>
    public IReadOnlyList<string> Table { get; init; } = [];

    /// <summary>
    /// A workload that names tables, key columns and entities; <see cref="Table"/> and <see cref="Entity"/> then choose
    /// among them.
    /// </summary>
    public WorkloadReference? Workload { get; init; }

    /// <summary>Column that holds the key; by default each table's single-column primary key.</summary>
    public string? KeyColumn { get; init; }

    /// <summary>
    /// Entities of the request: each table belongs to the entity whose name occurs in the table's name (the longest,
    /// where several do). None: one key reads all tables.
    /// </summary>
    public IReadOnlyList<string> Entity { get; init; } = [];
}

/// <summary>A known set of tables with their entities.</summary>
public enum FeatureWorkload
{
    /// <summary>The 30 fraud tables: three entities, 9 + 9 + 12 lookups per request.</summary>
    Fraud,
}

/// <summary>How features are read, whatever the mode.</summary>
public record FeatureReadOptions : FeatureOptions
{
    /// <summary>All tables of a request in one snapshot.</summary>
    public bool Consistent { get; init; }

    /// <summary>
    /// Connections that mode Parallel reads a request on at the same time; by default one for each entity, at least 2.
    /// </summary>
    public int? ThrottleLimit { get; init; }
}

/// <summary>Get-LakebaseFeature.</summary>
public sealed record GetFeatureOptions : FeatureReadOptions
{
    /// <summary>The requests: a key each, or a key for each entity.</summary>
    public IReadOnlyList<FeatureKey> Key { get; init; } = [];

    /// <summary>How the rows are fetched.</summary>
    public FeatureMode Mode { get; init; } = FeatureMode.Batch;
}

/// <summary>Install-LakebaseRpcFunction.</summary>
public sealed record InstallRpcFunctionOptions : FeatureOptions
{
    /// <summary>Schema the function lives in; made when it is missing.</summary>
    public string Schema { get; init; } = "lakebase_ops";

    /// <summary>Remove the function instead.</summary>
    public bool Remove { get; init; }
}

/// <summary>Install-LakebaseWideTable.</summary>
public sealed record InstallWideTableOptions : FeatureOptions
{
    /// <summary>Schema the table lives in; made when it is missing.</summary>
    public string Schema { get; init; } = "lakebase_ops";

    /// <summary>Remove the table instead.</summary>
    public bool Remove { get; init; }
}
