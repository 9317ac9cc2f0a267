namespace LakebaseOps.Benchmarks;

/// <summary>How a benchmark is to run.</summary>
internal sealed record BenchmarkOptions
{
    /// <summary>Fewer rounds and rows.</summary>
    public bool Quick { get; init; }

    /// <summary>Regular expression: only contests whose name matches run; null for all.</summary>
    public string? Contest { get; init; }

    /// <summary>Regular expression: only contenders whose name matches run; null for all.</summary>
    public string? Contender { get; init; }

    /// <summary>Factor on the rows of every contest.</summary>
    public double Rows { get; init; } = 1;

    /// <summary>Server settings instead of the benchmark's own, e.g. fsync = on.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();
}

/// <summary>What a benchmark found.</summary>
/// <param name="Comparisons">The lines with ratios and targets.</param>
/// <param name="Details">Whatever stands behind them, for the JSON file; null for nothing.</param>
internal sealed record BenchmarkResult(IReadOnlyList<Comparison> Comparisons, object? Details = null);
