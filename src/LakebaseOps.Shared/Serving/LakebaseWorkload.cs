namespace LakebaseOps;

/// <summary>What a service asks of the feature tables: entities with their tables, kinds of requests, service level.</summary>
public sealed record LakebaseWorkload
{
    /// <summary>Its name.</summary>
    public string Name { get; init; } = "";

    /// <summary>The entities; each table belongs to one.</summary>
    public IReadOnlyList<WorkloadEntity> Entities { get; init => field = Indexable.Of(value); } = [];

    /// <summary>The kinds of requests with their shares; none means that every request reads all tables.</summary>
    public IReadOnlyList<WorkloadRequest> Requests { get; init => field = Indexable.Of(value); } = [];

    /// <summary>The service level to hold, as p99 in milliseconds.</summary>
    public double? SlaP99Ms { get; init; }
}

/// <summary>An entity of a workload: what a key identifies.</summary>
public sealed record WorkloadEntity
{
    /// <summary>Its name; empty when the workload has but one.</summary>
    public string Name { get; init; } = "";

    /// <summary>Column that holds the key; each table's single-column primary key when not given.</summary>
    public string? KeyColumn { get; init; }

    /// <summary>Its tables, <c>name</c> or <c>schema.name</c>.</summary>
    public IReadOnlyList<string> Tables { get; init => field = Indexable.Of(value); } = [];
}

/// <summary>A kind of request.</summary>
public sealed record WorkloadRequest
{
    /// <summary>Its name.</summary>
    public string Name { get; init; } = "";

    /// <summary>Its share among the requests, relative to the others' weights; above 0.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>The entities whose keys it has; all when none is given.</summary>
    public IReadOnlyList<string> Entities { get; init => field = Indexable.Of(value); } = [];

    /// <summary>
    /// Which of these entities' tables it reads, <c>*</c> and <c>?</c> being wildcards; all when none is given.
    /// </summary>
    public IReadOnlyList<string> Tables { get; init => field = Indexable.Of(value); } = [];
}
