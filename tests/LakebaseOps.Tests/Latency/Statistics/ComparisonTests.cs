using LakebaseOps.Latency;
using LakebaseOps.Latency.Statistics;

namespace LakebaseOps.Tests.Latency.Statistics;

public sealed class ComparisonTests
{
    private static readonly Simulation Plain = new(0, false);

    [Theory]
    // From the tables of Mann and Whitney.
    [InlineData(5, 0.00793650793)]
    [InlineData(3, 0.1)]
    public void The_shift_test_is_exact_for_few_values(int each, double p) => Assert.Equal(
        p, MannWhitney.P([.. Enumerable.Range(0, each).Select(at => (double)at)], [.. Enumerable.Range(100, each).Select(at => (double)at)]), 1e-9);

    [Fact]
    public void The_shift_test_knows_ties()
    {
        Assert.Equal(1, MannWhitney.P([1, 1, 1, 1], [1, 1, 1, 1]));
        // By hand: U = 12, ties of three and twice two, variance 60.44, z = -1.54.
        Assert.Equal(0.1227, MannWhitney.P([1, 2, 2, 3, 5, 7, 8], [2, 4, 6, 6, 9, 9, 11]), 5e-4);
    }

    [Theory]
    // The largest U that is significant at 5 %, two-sided, from the usual tables.
    [InlineData(5, 5, 2)]
    [InlineData(8, 8, 13)]
    [InlineData(10, 7, 14)]
    [InlineData(20, 20, 127)]
    public void Critical_values_are_those_of_the_tables(int m, int n, int u)
    {
        Assert.InRange(2 * MannWhitney.Below(m, n, u), 0, 0.05);
        Assert.InRange(2 * MannWhitney.Below(m, n, u + 1), 0.05, 1);
    }

    [Fact]
    public void Cliffs_delta_is_the_share_of_pairs()
    {
        LatencyHistogram first = Of(1, 2, 3, 4), second = Of(3, 4, 5, 6);
        // 13 of 16 pairs are slower, 1 is faster, 2 are equal.
        Assert.Equal((13 - 1) / 16.0, MannWhitney.Delta(first, second));
        Assert.Equal(-MannWhitney.Delta(first, second), MannWhitney.Delta(second, first));
        Assert.Equal(0, MannWhitney.Delta(first, first));
    }

    [Fact]
    public void Holm_adjusts_step_by_step() =>
        Assert.Equal([0.03, 0.06, 0.06, 0.02], Holm.Adjusted([0.01, 0.04, 0.03, 0.005]).Select(p => Math.Round(p, 9)));

    [Fact]
    public void Equal_runs_with_samples_enough_are_the_same_and_a_shift_within_the_margin_too()
    {
        SeededRandom random = new(3);
        LatencyResult cell = Plain.Cell(20, 3_000, 1, ref random);
        Assert.Equal(LatencyVerdict.Same, Simulation.Compare(cell, Plain.Cell(20, 3_000, 1, ref random), 50).Verdict);
        LatencyComparison close = Simulation.Compare(cell, Plain.Cell(20, 3_000, 1.012, ref random), 50);
        Assert.Equal(LatencyVerdict.Same, close.Verdict);
        Assert.True(close.Percentiles[0].Probability < 0.05);
    }

    [Fact]
    public void Too_few_samples_or_rounds_are_insufficient_and_bad_cells_invalid()
    {
        SeededRandom random = new(3);
        LatencyResult cell = Plain.Cell(6, 60, 1, ref random);
        LatencyComparison few = Simulation.Compare(cell, cell, 50, 99);
        Assert.Equal(LatencyVerdict.Insufficient, few.Percentiles[1].Verdict);
        Assert.NotEqual(LatencyVerdict.Insufficient, few.Verdict);
        LatencyResult burst = cell with { Percentiles = [new LatencyPercentile(50, null, null, 4)] };
        Assert.Equal(LatencyVerdict.Insufficient, Simulation.Compare(burst, cell, 50).Verdict);
        LatencyComparison rounds = Simulation.Compare(cell, cell with { Rounds = [.. cell.Rounds.Take(4)] }, 50);
        Assert.Equal((LatencyVerdict.Insufficient, "the run holds 4 rounds, 5 are needed"), (rounds.Verdict, rounds.Reason));
        Assert.Equal(LatencyVerdict.Invalid, Simulation.Compare(cell with { WrongResponses = 1 }, cell, 50).Verdict);
        Assert.Equal(LatencyVerdict.Invalid, Simulation.Compare(cell, cell with { Errors = 4 }, 50).Verdict);
        Assert.NotEqual(LatencyVerdict.Invalid, Simulation.Compare(cell, cell with { Errors = 3 }, 50).Verdict);
    }

    [Fact]
    public void Rounds_measured_side_by_side_show_a_shift_that_drift_hides_otherwise()
    {
        SeededRandom random = new(5);
        List<LatencyHistogram> first = [], second = [];
        for (int round = 0; round < 10; round++)
        {
            LatencyHistogram one = new(), other = new();
            foreach (float time in Plain.Series(2_000, ref random))
                one.Record((long)(time * (1 + (0.1 * round))));
            foreach (float time in Plain.Series(2_000, ref random))
                other.Record((long)(time * (1 + (0.1 * round)) * 1.05));
            first.Add(one);
            second.Add(other);
        }

        Assert.True(RoundBootstrap.Compare(first, second, 0.5, paired: false, seed: 1).P > 0.3);
        QuantileRatio paired = RoundBootstrap.Compare(first, second, 0.5, paired: true, seed: 1);
        Assert.True(paired.P < 0.01);
        Assert.InRange(paired.Ratio, 1.03, 1.07);
        Assert.Equal(paired, RoundBootstrap.Compare(first, second, 0.5, paired: true, seed: 1));
    }

    [Fact]
    public void Bursts_are_worth_fewer_samples()
    {
        SeededRandom random = new(6);
        float[] independent = new Simulation(0, true).Series(20_000, ref random);
        float[] bursts = new Simulation(0.9, true).Series(20_000, ref random);
        Assert.Equal(20_000, Dependence.EffectiveSamples(independent, 1e6));
        // The correlation of signs of an AR(1) series is 2/pi arcsin(0.9^k): 1 + twice its sum is 13.3.
        Assert.InRange(Dependence.EffectiveSamples(bursts, 1e6), 20_000 / 16.5, 20_000 / 10.5);
    }

    private static LatencyHistogram Of(params long[] values)
    {
        LatencyHistogram histogram = new();
        foreach (long value in values)
            histogram.Record(value);
        return histogram;
    }
}
