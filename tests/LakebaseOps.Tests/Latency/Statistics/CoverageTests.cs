using LakebaseOps.Latency;
using LakebaseOps.Latency.Statistics;

namespace LakebaseOps.Tests.Latency.Statistics;

/// <summary>What the statistics promise, held against data whose truth is known.</summary>
public sealed class CoverageTests
{
    public static TheoryData<Simulation> Shapes { get; } =
    [
        new Simulation(0, false), new Simulation(0, true), new Simulation(0.8, false), new Simulation(0.8, true),
    ];

    [Fact]
    public void Intervals_of_percentiles_hold_the_truth_in_93_to_97_percent()
    {
        const int Requests = 8_000;
        int trials = Soak.Cases(suite: 40, soak: 1_500);
        int held = 0, all = 0;
        foreach (Simulation shape in Shapes.Select(row => row.Data))
        {
            foreach (double p in new[] { 0.5, 0.99 })
            {
                SeededRandom random = SeededRandom.For(7, (int)(p * 1_000));
                int within = 0;
                for (int trial = 0; trial < trials; trial++)
                {
                    float[] series = shape.Series(Requests, ref random);
                    LatencyHistogram histogram = new();
                    foreach (float time in series)
                        histogram.Record((long)time);
                    double effective = Dependence.EffectiveSamples(series, histogram.ValueAt(p));
                    (long low, long high) = OrderStatistics.Interval(histogram, p, effective)!.Value;
                    within += low <= shape.Quantile(p) && shape.Quantile(p) <= high ? 1 : 0;
                }

                Soak.Say($"{shape}, p = {p}: {within / (double)trials:P1}");
                Within(within, trials, 0.93, 0.97, $"{shape}, p = {p}");
                held += within;
                all += trials;
            }
        }

        Assert.InRange(held / (double)all, 0.93, 0.97);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Equal_runs_raise_a_false_alarm_in_5_percent_at_most_and_the_ratio_is_held_in_93_to_97(Simulation shape)
    {
        int trials = Soak.Cases(suite: 30, soak: 1_000);
        SeededRandom random = SeededRandom.For(11);
        int alarms = 0, held = 0;
        for (int trial = 0; trial < trials; trial++)
        {
            LatencyComparison comparison = Simulation.Compare(shape.Cell(8, 750, 1, ref random), shape.Cell(8, 750, 1, ref random), 50, 99);
            alarms += comparison.Verdict is LatencyVerdict.Faster or LatencyVerdict.Slower ? 1 : 0;
            held += comparison.Percentiles[0].RatioLow <= 1 && comparison.Percentiles[0].RatioHigh >= 1 ? 1 : 0;
        }

        Soak.Say($"{shape}: false alarms {alarms / (double)trials:P1}, ratio held {held / (double)trials:P1}");
        Within(alarms, trials, 0, 0.05, $"{shape}: false alarms");
        Within(held, trials, 0.93, 0.97, $"{shape}: ratio held");
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void A_shift_of_3_percent_is_found_in_9_of_10(Simulation shape)
    {
        int trials = Soak.Cases(suite: 8, soak: 400);
        // Requests with a memory are worth fewer.
        int requests = shape.Memory > 0 ? 6_000 : 1_200;
        SeededRandom random = SeededRandom.For(13);
        int found = 0, faster = 0;
        for (int trial = 0; trial < trials; trial++)
        {
            LatencyResult cell = shape.Cell(10, requests, 1, ref random);
            found += Simulation.Compare(cell, shape.Cell(10, requests, 1.03, ref random), 50).Verdict == LatencyVerdict.Slower ? 1 : 0;
            faster += Simulation.Compare(cell, shape.Cell(10, requests, 1 / 1.03, ref random), 50).Verdict == LatencyVerdict.Faster ? 1 : 0;
        }

        Soak.Say($"{shape}: slower found in {found / (double)trials:P1}, faster in {faster / (double)trials:P1}");
        Within(found, trials, 0.9, 1, $"{shape}: slower found");
        Within(faster, trials, 0.9, 1, $"{shape}: faster found");
    }

    /// <summary>A share that chance (three standard errors) does not put outside of its bounds.</summary>
    private static void Within(int count, int trials, double low, double high, string what)
    {
        double share = count / (double)trials;
        double slack = 3 * Math.Sqrt(Math.Max(low * (1 - low), high * (1 - high)) / trials);
        Assert.True(share >= low - slack && share <= high + slack, $"{what}: {share:P1} of {trials} trials, wanted {low:P0} to {high:P0}");
    }
}
