namespace LakebaseOps;

/// <summary>How warm the server's shared buffers are when requests are timed.</summary>
public enum CacheTemperature
{
    /// <summary>All blocks of the tables and indexes lie in shared buffers, as far as they fit.</summary>
    Hot,

    /// <summary>The first half of each table's and index's blocks does, before each block of requests.</summary>
    Mixed,

    /// <summary>None does, before each block of requests.</summary>
    Cold,
}

/// <summary>What shows that a cell was measured in the state it is labelled with.</summary>
public sealed record CacheEvidence
{
    /// <summary>The state asked for.</summary>
    public required CacheTemperature Temperature { get; init; }

    /// <summary>How it was made, e.g. "pg_buffercache_evict".</summary>
    public string MadeBy { get; init; } = "";

    /// <summary>What became of the operating system's own cache of the files.</summary>
    public string FileCache { get; init; } = "";

    /// <summary>How residency was established: "pg_buffercache", or what is missing.</summary>
    public string Evidence { get; init; } = "";

    /// <summary>Times the state was made: once for hot, before every block of requests else.</summary>
    public int Times { get; init; }

    /// <summary>Smallest resident share of tables and indexes then, 0 to 1; null when it could not be seen.</summary>
    public double? LeastResident { get; init; }

    /// <summary>Largest resident share of tables and indexes then, 0 to 1; null when it could not be seen.</summary>
    public double? MostResident { get; init; }
}
