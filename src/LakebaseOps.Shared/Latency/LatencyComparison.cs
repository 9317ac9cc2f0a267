namespace LakebaseOps;

/// <summary>What two measurements of the same cell say about each other.</summary>
public enum LatencyVerdict
{
    /// <summary>The whole interval of every ratio lies within the margin: no difference that matters.</summary>
    Same,

    /// <summary>Faster than the baseline, by more than chance explains.</summary>
    Faster,

    /// <summary>Slower than the baseline, by more than chance explains.</summary>
    Slower,

    /// <summary>Neither a difference nor its absence is shown: measure longer.</summary>
    Inconclusive,

    /// <summary>Too few effective samples or rounds to say anything.</summary>
    Insufficient,

    /// <summary>One of the two cells has wrong responses, too many errors or skipped requests.</summary>
    Invalid,

    /// <summary>Only one of the two runs holds such a cell.</summary>
    Missing,
}

/// <summary>One cell of a run against the same cell of a baseline.</summary>
public sealed record LatencyComparison
{
    /// <summary>How the rows were fetched.</summary>
    public required FeatureMode Mode { get; init; }

    /// <summary>Where they were fetched from.</summary>
    public FeatureBackend Backend { get; init; }

    /// <summary>Backend and mode in short: the mode alone for PostgreSQL.</summary>
    public string Name => LatencyResult.NameOf(Backend, Mode);

    /// <summary>Key distribution.</summary>
    public required string Distribution { get; init; }

    /// <summary>Loop type and concurrency or rate.</summary>
    public required string Loop { get; init; }

    /// <summary>Tables read per request.</summary>
    public int Tables { get; init; }

    /// <summary>The verdict on the cell: Slower when any percentile is, else Faster when any is, Same when all are.</summary>
    public required LatencyVerdict Verdict { get; init; }

    /// <summary>Why, in words.</summary>
    public string Reason { get; init; } = "";

    /// <summary>Each percentile compared.</summary>
    public IReadOnlyList<PercentileComparison> Percentiles { get; init => field = Indexable.Of(value); } = [];

    /// <summary>
    /// Two-sided probability by Mann and Whitney that the rounds' medians differ so clearly by chance; null without rounds.
    /// </summary>
    public double? ShiftProbability { get; init; }

    /// <summary>
    /// Cliff's delta over all requests: the chance that one is slower than one of the baseline less the chance that it is
    /// faster, -1 to 1; below 0.147 in size it is usually called negligible.
    /// </summary>
    public double? CliffsDelta { get; init; }

    /// <summary>True when both cells were measured side by side in the same run.</summary>
    public bool IsInterleaved { get; init; }

    /// <summary>Relative difference that does not matter.</summary>
    public double Margin { get; init; }

    /// <summary>The baseline's run.</summary>
    public string BaselineRun { get; init; } = "";

    /// <summary>The run judged.</summary>
    public string Run { get; init; } = "";
}

/// <summary>A percentile of a cell against that of the baseline.</summary>
public sealed record PercentileComparison
{
    /// <summary>Which, e.g. 99.</summary>
    public required double Percentile { get; init; }

    /// <summary>The baseline's value, milliseconds; null when its samples do not support it.</summary>
    public double? BaselineMs { get; init; }

    /// <summary>The run's value, milliseconds; null when its samples do not support it.</summary>
    public double? ValueMs { get; init; }

    /// <summary>Value over baseline; null when either is.</summary>
    public double? Ratio { get; init; }

    /// <summary>Lower end of the ratio's 95 % interval.</summary>
    public double? RatioLow { get; init; }

    /// <summary>Upper end of the ratio's 95 % interval.</summary>
    public double? RatioHigh { get; init; }

    /// <summary>
    /// Probability of such a difference by chance, adjusted for all percentiles and cells of the comparison (Holm).
    /// </summary>
    public double? Probability { get; init; }

    /// <summary>The verdict on this percentile.</summary>
    public required LatencyVerdict Verdict { get; init; }
}
