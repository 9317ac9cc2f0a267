namespace LakebaseOps;

/// <summary>The parameters of Compare-LakebaseLatency.</summary>
public sealed record CompareLatencyOptions
{
    /// <summary>The run to judge: a run.json, its folder or a report; not given: <see cref="InputObject"/>.</summary>
    public string? Path { get; init; }

    /// <summary>The run itself, when it does not come from a file.</summary>
    public RunRecord? InputObject { get; init; }

    /// <summary>The baseline: a run.json, its folder or a report.</summary>
    public string? BaselinePath { get; init; }

    /// <summary>The baseline itself, when it does not come from a file.</summary>
    public RunRecord? Baseline { get; init; }

    /// <summary>Compare the run's other modes with this one of the same run instead of with a baseline.</summary>
    public FeatureMode? BaselineMode { get; init; }

    /// <summary>
    /// Compare the run's cells of other backends with those of this one in the same run, mode by mode; together with
    /// <see cref="BaselineMode"/>: all other cells with that mode of this backend.
    /// </summary>
    public FeatureBackend? BaselineBackend { get; init; }

    /// <summary>Percentiles to compare, above 0 and below 100.</summary>
    public IReadOnlyList<double> Percentile { get; init; } = [50, 99];

    /// <summary>Relative difference that does not matter, above 0 and below 1: 0.03 is 3 %.</summary>
    public double Margin { get; init; } = 0.03;

    /// <summary>End with an error when any cell is slower than its baseline by more than chance explains.</summary>
    public bool FailOnRegression { get; init; }
}
