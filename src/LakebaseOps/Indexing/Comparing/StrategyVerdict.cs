using System.Globalization;
using LakebaseOps.Latency;
using LakebaseOps.Latency.Statistics;

namespace LakebaseOps.Indexing.Comparing;

/// <summary>Compares the rounds of two strategies: medians, their ratio and what chance leaves of it.</summary>
internal static class StrategyVerdict
{
    private const double Median = 0.5;

    /// <summary>One strategy beside the baseline, round by round.</summary>
    public static IndexStrategyComparison Of(
        IndexBuildStrategy strategy, IReadOnlyList<IndexStrategyRun> runs, IndexBuildStrategy baseline, IReadOnlyList<IndexStrategyRun> baselineRuns)
    {
        IndexStrategyComparison result = new()
        {
            Strategy = strategy,
            Baseline = baseline,
            Verdict = "Baseline",
            Reason = "what the others are compared with",
            Indexes = runs[0].Indexes.Count,
            Duration = Middle(runs, Whole),
            PlanningDuration = Middle(runs, run => run.PlanningDuration),
            BuildDuration = Middle(runs, run => run.BuildDuration),
            EstimatedDuration = runs.All(run => run.EstimatedDuration is not null) ? Middle(runs, run => run.EstimatedDuration!.Value) : null,
            SizeBytes = runs[^1].Indexes.Sum(index => index.SizeBytes),
            TempBytes = runs.Select(run => run.TempBytes).Order().ElementAt((runs.Count - 1) / 2),
            Runs = runs,
        };
        if (strategy == baseline)
            return result;
        QuantileRatio all = Compare(baselineRuns, runs, Whole);
        QuantileRatio builds = Compare(baselineRuns, runs, run => run.BuildDuration);
        string verdict = all.High < 1 ? "Faster" : all.Low > 1 ? "Slower" : "Unclear";
        return result with
        {
            Verdict = verdict,
            Reason = string.Create(CultureInfo.InvariantCulture,
                $"{all.Ratio:0.00} times the time of {baseline} (95 %: {all.Low:0.00} to {all.High:0.00}), building alone {builds.Ratio:0.00}")
                + (verdict == "Unclear" ? "; more rounds may tell them apart" : ""),
            Ratio = all.Ratio,
            RatioLow = all.Low,
            RatioHigh = all.High,
            BuildRatio = builds.Ratio,
            BuildRatioLow = builds.Low,
            BuildRatioHigh = builds.High,
        };
    }

    private static TimeSpan Whole(IndexStrategyRun run) => run.PlanningDuration + run.BuildDuration;

    // The same one that the ratio is of.
    private static TimeSpan Middle(IReadOnlyList<IndexStrategyRun> runs, Func<IndexStrategyRun, TimeSpan> value) =>
        runs.Select(value).Order().ElementAt((runs.Count - 1) / 2);

    // Rounds of both lie side by side.
    private static QuantileRatio Compare(
        IReadOnlyList<IndexStrategyRun> first, IReadOnlyList<IndexStrategyRun> second, Func<IndexStrategyRun, TimeSpan> value) =>
        RoundBootstrap.Compare(Histograms(first, value), Histograms(second, value), Median, paired: true, seed: 1);

    private static LatencyHistogram[] Histograms(IReadOnlyList<IndexStrategyRun> runs, Func<IndexStrategyRun, TimeSpan> value) => [.. runs.Select(run =>
    {
        LatencyHistogram one = new();
        one.Record((long)value(run).TotalNanoseconds);
        return one;
    })];
}
