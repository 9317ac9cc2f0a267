namespace LakebaseOps;

/// <summary>Who decides how indexes are built.</summary>
public enum IndexBuildStrategy
{
    /// <summary>A plan from builds over a sample on the server at hand: workers, memory, how many at once, in which order.</summary>
    Planned,

    /// <summary>A rule of sizes: four tables at once below 10 GB, two below 50 GB, larger ones alone; workers and memory by size too.</summary>
    Hybrid,

    /// <summary>The server's own settings, one table after the other.</summary>
    Defaults,
}
