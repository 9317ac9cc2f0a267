using LakebaseOps.Latency;
using LakebaseOps.Latency.Statistics;

namespace LakebaseOps.Tests.Latency.Statistics;

public sealed class OrderStatisticsTests
{
    [Theory]
    [InlineData(0.5, 6)]
    [InlineData(0.99, 368)]
    [InlineData(0.999, 3_688)]
    [InlineData(0.9999, 36_887)]
    public void The_first_sample_size_that_bounds_a_quantile_is_the_known_one(double p, long first)
    {
        Assert.Null(OrderStatistics.Ranks(first - 1, p));
        Assert.NotNull(OrderStatistics.Ranks(first, p));
        Assert.False(OrderStatistics.Suffice(first - 1, p));
        Assert.True(OrderStatistics.Suffice(first, p));
    }

    [Theory]
    // From the binomial distribution itself: n = 100, p = 0.5 gives the well-known ranks 40 and 61.
    [InlineData(100, 0.5, 40, 61)]
    [InlineData(10, 0.5, 2, 9)]
    [InlineData(368, 0.99, 360, 368)]
    public void Ranks_are_those_of_the_binomial_distribution(long n, double p, long low, long high) =>
        Assert.Equal((low, high), OrderStatistics.Ranks(n, p));

    [Theory]
    [InlineData(0.5, 200)]
    [InlineData(0.99, 2_000)]
    public void Simulated_intervals_hold_the_true_quantile_in_at_least_95_percent(double p, int n)
    {
        SeededRandom random = new(11);
        (long low, long high) = OrderStatistics.Ranks(n, p)!.Value;
        double[] sample = new double[n];
        int held = 0;
        const int Rounds = 2_000;
        for (int round = 0; round < Rounds; round++)
        {
            for (int i = 0; i < n; i++)
                sample[i] = random.NextDouble();
            Array.Sort(sample);
            held += sample[low - 1] <= p && p <= sample[high - 1] ? 1 : 0;
        }

        // Three standard errors below 95 %, and not uselessly wide.
        Assert.InRange(held / (double)Rounds, 0.935, 0.985);
    }

    [Fact]
    public void Millions_of_samples_are_no_problem()
    {
        (long low, long high) = OrderStatistics.Ranks(10_000_000, 0.99)!.Value;
        Assert.InRange(low, 9_899_382, 9_899_386);
        Assert.InRange(high, 9_900_615, 9_900_619);
    }
}
