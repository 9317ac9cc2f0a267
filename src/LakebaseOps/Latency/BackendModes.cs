using LakebaseOps.Serving.DynamoDb;

namespace LakebaseOps.Latency;

/// <summary>One side of a comparison.</summary>
/// <param name="Backend">Where rows are fetched from.</param>
/// <param name="Mode">How.</param>
internal readonly record struct BackendMode(FeatureBackend Backend, FeatureMode Mode) : IComparable<BackendMode>
{
    /// <summary>Both in short: the mode alone for PostgreSQL.</summary>
    public string Name => LatencyResult.NameOf(Backend, Mode);

    /// <summary>That of a result.</summary>
    public static BackendMode Of(LatencyResult cell) => new(cell.Backend, cell.Mode);

    /// <summary>PostgreSQL first, then by mode.</summary>
    public int CompareTo(BackendMode other) => (Backend, Mode).CompareTo((other.Backend, other.Mode));
}

/// <summary>Which backend is measured in which modes.</summary>
internal static class BackendModes
{
    /// <summary>Those of some modes that a backend has.</summary>
    public static IReadOnlyList<FeatureMode> Of(FeatureBackend backend, IEnumerable<FeatureMode> modes) =>
        [.. modes.Where(mode => backend == FeatureBackend.PostgreSql || DynamoTable.Modes.Contains(mode))];

    /// <summary>Every backend with each of its modes.</summary>
    public static IEnumerable<BackendMode> All(MeasureFeatureLatencyOptions options) =>
        options.Backend.Distinct().SelectMany(backend => Of(backend, options.Mode).Select(mode => new BackendMode(backend, mode)));

    /// <summary>Refuses a mode that no backend has, and a backend that has none of the modes.</summary>
    /// <exception cref="LakebaseException">ModeNotSupported.</exception>
    public static void Demand(MeasureFeatureLatencyOptions options)
    {
        if (!options.Backend.Contains(FeatureBackend.PostgreSql))
            DynamoTable.DemandModes(options.Mode);
        if (options.Backend.Any(backend => Of(backend, options.Mode).Count == 0))
            DynamoTable.DemandModes(options.Mode);
    }
}
