using System.Globalization;

namespace LakebaseOps.Latency.Statistics;

/// <summary>
/// Compares two measurements of a cell. A difference is one that Holm's adjusted probability puts at 5 % at most; "same"
/// means that the whole interval of the ratio lies within the margin, which wins when both hold.
/// </summary>
internal static class CellComparison
{
    private const double Significance = 0.05;
    private const long Seed = 20_261_122;

    /// <summary>Compares pairs of cells; probabilities are adjusted for all of them together.</summary>
    /// <param name="pairs">Baseline and cell.</param>
    /// <param name="percentiles">Percentiles, e.g. 99.</param>
    /// <param name="margin">Relative difference that does not matter.</param>
    /// <param name="paired">True when rounds were measured side by side.</param>
    public static IReadOnlyList<LatencyComparison> Of(
        IReadOnlyList<(LatencyResult Baseline, LatencyResult Cell)> pairs, IReadOnlyList<double> percentiles, double margin, bool paired)
    {
        List<LatencyComparison> raw = [.. pairs.Select(pair => Of(pair.Baseline, pair.Cell, percentiles, margin, paired))];
        double[] adjusted = Holm.Adjusted([.. raw.SelectMany(one => one.Percentiles).Select(one => one.Probability).OfType<double>()]);
        int next = 0;
        return
        [
            .. raw.Select(one => one with
            {
                Percentiles = [.. one.Percentiles.Select(at => at.Probability is null ? at : Judged(at with { Probability = adjusted[next++] }, margin))],
            }).Select(Judged),
        ];
    }

    private static LatencyComparison Of(
        LatencyResult baseline, LatencyResult cell, IReadOnlyList<double> percentiles, double margin, bool paired)
    {
        LatencyComparison comparison = new()
        {
            Backend = cell.Backend, Mode = cell.Mode, Distribution = cell.Distribution, Loop = cell.Loop, Tables = cell.Tables, Margin = margin,
            Verdict = LatencyVerdict.Insufficient, IsInterleaved = paired,
        };
        foreach ((LatencyResult one, string which) in new[] { (baseline, "baseline"), (cell, "run") })
        {
            if (one.InvalidReason is string reason)
                return comparison with { Verdict = LatencyVerdict.Invalid, Reason = $"the {which}: {reason}" };
            if (one.Rounds.Count < RoundBootstrap.FewestRounds)
            {
                return comparison with { Reason = string.Create(CultureInfo.InvariantCulture,
                    $"the {which} holds {one.Rounds.Count} rounds, {RoundBootstrap.FewestRounds} are needed") };
            }
        }

        LatencyHistogram[] first = [.. baseline.Rounds.Select(LatencyRounds.Of)];
        LatencyHistogram[] second = [.. cell.Rounds.Select(LatencyRounds.Of)];
        LatencyHistogram before = Sum(first);
        LatencyHistogram after = Sum(second);
        return comparison with
        {
            Percentiles = [.. percentiles.Select(percentile => Percentile(percentile))],
            ShiftProbability = MannWhitney.P([.. first.Select(Median)], [.. second.Select(Median)]),
            CliffsDelta = MannWhitney.Delta(before, after),
        };

        PercentileComparison Percentile(double percentile)
        {
            double p = percentile / 100;
            if (!Supports(baseline, before, percentile) || !Supports(cell, after, percentile))
                return new PercentileComparison { Percentile = percentile, Verdict = LatencyVerdict.Insufficient };
            QuantileRatio ratio = RoundBootstrap.Compare(first, second, p, paired, Seed);
            return new PercentileComparison
            {
                Percentile = percentile,
                BaselineMs = before.ValueAt(p) / 1e6,
                ValueMs = after.ValueAt(p) / 1e6,
                Ratio = ratio.Ratio,
                RatioLow = ratio.Low,
                RatioHigh = ratio.High,
                Probability = ratio.P,
                Verdict = LatencyVerdict.Inconclusive,
            };
        }
    }

    private static PercentileComparison Judged(PercentileComparison at, double margin) => at with
    {
        Verdict = at.RatioLow >= 1 / (1 + margin) && at.RatioHigh <= 1 + margin ? LatencyVerdict.Same
            : at.Probability > Significance ? LatencyVerdict.Inconclusive
            : at.Ratio > 1 ? LatencyVerdict.Slower
            : LatencyVerdict.Faster,
    };

    private static LatencyComparison Judged(LatencyComparison one)
    {
        PercentileComparison[] supported = [.. one.Percentiles.Where(at => at.Verdict != LatencyVerdict.Insufficient)];
        if (supported.Length == 0)
            return one.Reason.Length > 0 ? one : one with { Reason = "too few effective samples for any of the percentiles" };
        LatencyVerdict verdict = Any(LatencyVerdict.Slower) ? LatencyVerdict.Slower
            : Any(LatencyVerdict.Faster) ? LatencyVerdict.Faster
            : Any(LatencyVerdict.Inconclusive) ? LatencyVerdict.Inconclusive
            : LatencyVerdict.Same;
        return one with { Verdict = verdict, Reason = string.Join("; ", one.Percentiles.Select(Text)) };

        bool Any(LatencyVerdict wanted) => supported.Any(at => at.Verdict == wanted);
    }

    private static string Text(PercentileComparison at) => at.Verdict == LatencyVerdict.Insufficient
        ? string.Create(CultureInfo.InvariantCulture, $"p{at.Percentile}: insufficient")
        : string.Create(CultureInfo.InvariantCulture,
            $"p{at.Percentile}: {(at.Ratio - 1) * 100:+0.0;-0.0} % [{(at.RatioLow - 1) * 100:+0.0;-0.0}, {(at.RatioHigh - 1) * 100:+0.0;-0.0}] {at.Verdict}");

    // What the measurement found out about dependence holds for the nearest percentile that it looked at.
    private static bool Supports(LatencyResult cell, LatencyHistogram all, double percentile)
    {
        double effective = cell.Percentiles.Count == 0 ? all.Count
            : cell.Percentiles.MinBy(at => Math.Abs(at.Percentile - percentile))!.EffectiveSamples;
        return OrderStatistics.Suffice((long)effective, percentile / 100);
    }

    private static double Median(LatencyHistogram round) => round.ValueAt(0.5);

    private static LatencyHistogram Sum(LatencyHistogram[] rounds)
    {
        LatencyHistogram all = new();
        foreach (LatencyHistogram round in rounds)
            all.Add(round);
        return all;
    }
}
