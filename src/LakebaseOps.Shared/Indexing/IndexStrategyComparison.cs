namespace LakebaseOps;

/// <summary>What one strategy took to build a set of indexes, beside the first strategy of the comparison.</summary>
public sealed record IndexStrategyComparison
{
    /// <summary>The strategy.</summary>
    public required IndexBuildStrategy Strategy { get; init; }

    /// <summary>The strategy it is compared with.</summary>
    public required IndexBuildStrategy Baseline { get; init; }

    /// <summary>"Baseline", "Faster", "Slower", or "Unclear" where the interval of the ratio holds 1.</summary>
    public required string Verdict { get; init; }

    /// <summary>The verdict with its figures, for a person.</summary>
    public required string Reason { get; init; }

    /// <summary>Tables whose indexes were built.</summary>
    public IReadOnlyList<string> Table { get; init => field = Indexable.Of(value); } = [];

    /// <summary>Indexes built in each round.</summary>
    public int Indexes { get; init; }

    /// <summary>Median time of planning and building all of them; of an even number of rounds the lower one of the two in the middle.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>Median time of planning alone.</summary>
    public TimeSpan PlanningDuration { get; init; }

    /// <summary>Median time of building alone.</summary>
    public TimeSpan BuildDuration { get; init; }

    /// <summary>Median of the time that the plans estimated for building; null when nothing was sampled.</summary>
    public TimeSpan? EstimatedDuration { get; init; }

    /// <summary><see cref="Duration"/> over that of the baseline.</summary>
    public double Ratio { get; init; } = 1;

    /// <summary>Lower end of its 95 % interval.</summary>
    public double RatioLow { get; init; } = 1;

    /// <summary>Upper end of its 95 % interval.</summary>
    public double RatioHigh { get; init; } = 1;

    /// <summary><see cref="BuildDuration"/> over that of the baseline.</summary>
    public double BuildRatio { get; init; } = 1;

    /// <summary>Lower end of its 95 % interval.</summary>
    public double BuildRatioLow { get; init; } = 1;

    /// <summary>Upper end of its 95 % interval.</summary>
    public double BuildRatioHigh { get; init; } = 1;

    /// <summary>Size of all indexes of a round in bytes.</summary>
    public long SizeBytes { get; init; }

    /// <summary>
    /// Median of the bytes that went to temporary files of the database meanwhile, by pg_stat_database: those of other sessions count too.
    /// </summary>
    public long TempBytes { get; init; }

    /// <summary>Every round in its order.</summary>
    public IReadOnlyList<IndexStrategyRun> Runs { get; init => field = Indexable.Of(value); } = [];

    /// <summary>Name of the session; binds to -Session by property name.</summary>
    public string? Session { get; init; }
}

/// <summary>One round of a strategy.</summary>
public sealed record IndexStrategyRun
{
    /// <summary>Number of the round, from 1.</summary>
    public int Round { get; init; }

    /// <summary>When it began (UTC).</summary>
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>Time of planning.</summary>
    public TimeSpan PlanningDuration { get; init; }

    /// <summary>Time of building.</summary>
    public TimeSpan BuildDuration { get; init; }

    /// <summary>Time that the plan estimated for building; null when nothing was sampled.</summary>
    public TimeSpan? EstimatedDuration { get; init; }

    /// <summary>Bytes that went to temporary files of the database meanwhile.</summary>
    public long TempBytes { get; init; }

    /// <summary>What was built, under the names of the moment.</summary>
    public IReadOnlyList<IndexBuildResult> Indexes { get; init => field = Indexable.Of(value); } = [];
}
