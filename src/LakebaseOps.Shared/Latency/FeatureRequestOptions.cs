namespace LakebaseOps;

/// <summary>
/// Which feature requests are sent. The same options ask for the same keys, whether a measurement sends the requests or a cache is
/// warmed by them.
/// </summary>
public record FeatureRequestOptions : FeatureReadOptions
{
    /// <summary>Modes to read in.</summary>
    public IReadOnlyList<FeatureMode> Mode { get; init; } = [FeatureMode.Batch];

    /// <summary>Key distributions, one after the other.</summary>
    public IReadOnlyList<KeyDistribution> Distribution { get; init; } = [];

    /// <summary>Which keys of an entity are asked for.</summary>
    public KeyRange KeyRange { get; init; } = KeyRange.Common;

    /// <summary>Zipf's exponent s, at least 0.</summary>
    public double Skew { get; init; } = 0.99;

    /// <summary>Share of requests on hot keys, 0 to 1.</summary>
    public double HotShare { get; init; } = 0.8;

    /// <summary>Fraction of the keys that is hot, above 0 and at most 1.</summary>
    public double HotFraction { get; init; } = 0.01;

    /// <summary>Share of keys that no table holds, 0 to 1.</summary>
    public double MissShare { get; init; }

    /// <summary>
    /// File with the keys of <see cref="KeyDistribution.File"/>: one request a line, its keys in the order of the entities
    /// with tabs between them.
    /// </summary>
    public string? KeyPath { get; init; }

    /// <summary>Requests of each mode with each distribution; 5,000 when nothing else ends them.</summary>
    public long? Requests { get; init; }

    /// <summary>Connections that requests are read on; by default the command's own choice.</summary>
    public int? PoolSize { get; init; }

    /// <summary>Seed of keys and order.</summary>
    public long Seed { get; init; } = 1;
}
