using LakebaseOps.Latency;

namespace LakebaseOps.Tests.Latency;

public sealed class ZipfSamplerTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(0.5)]
    [InlineData(0.99)]
    [InlineData(1)]
    [InlineData(1.2)]
    [InlineData(2)]
    public void Ranks_pass_the_chi_square_test(double skew)
    {
        const int Count = 1_000;
        const int Draws = 1_000_000;
        double[] weights = [.. Enumerable.Range(1, Count).Select(rank => Math.Pow(rank, -skew))];
        double total = weights.Sum();
        long[] seen = new long[Count];
        ZipfSampler sampler = new(Count, skew);
        SeededRandom random = new(20261122);
        for (int draw = 0; draw < Draws; draw++)
            seen[sampler.Next(ref random) - 1]++;

        double statistic = 0;
        int cells = 0;
        double expected = 0;
        double observed = 0;
        for (int rank = 0; rank < Count; rank++)
        {
            expected += Draws * weights[rank] / total;
            observed += seen[rank];
            // Ranks too rare for the test are taken together.
            if (expected < 20 && rank < Count - 1)
                continue;
            statistic += (observed - expected) * (observed - expected) / expected;
            cells++;
            expected = observed = 0;
        }

        // Wilson and Hilferty: the cube root of chi-square per degree of freedom is nearly normal; 4 is one in 30,000.
        double freedom = cells - 1;
        double z = (Math.Cbrt(statistic / freedom) - (1 - (2 / (9 * freedom)))) / Math.Sqrt(2 / (9 * freedom));
        Assert.True(Math.Abs(z) < 4, $"s = {skew}: chi-square {statistic:F0} with {freedom} degrees of freedom, z = {z:F2}");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.99)]
    [InlineData(1)]
    [InlineData(2)]
    public void Ten_billion_ranks_need_no_table(double skew)
    {
        const long Count = 10_000_000_000;
        ZipfSampler sampler = new(Count, skew);
        SeededRandom random = new(5);
        long top = 0;
        for (int draw = 0; draw < 100_000; draw++)
        {
            long rank = sampler.Next(ref random);
            Assert.InRange(rank, 1, Count);
            top += rank == 1 ? 1 : 0;
        }

        // Share of rank 1: 1 / H(N, s).
        double share = skew switch
        {
            0 => 1e-10,
            0.99 => 1 / ((Math.Pow(Count, 0.01) / 0.01) - 99.42),
            1 => 1 / (Math.Log(Count) + 0.5772156649),
            _ => 6 / (Math.PI * Math.PI),
        };
        Assert.InRange(top, (100_000 * share) - (5 * Math.Sqrt(100_000 * share)) - 1, (100_000 * share) + (5 * Math.Sqrt(100_000 * share)) + 1);
    }

    [Fact]
    public void The_same_seed_draws_the_same_ranks()
    {
        ZipfSampler sampler = new(1_000_000, 0.99);
        SeededRandom first = SeededRandom.For(42, 1, 2);
        SeededRandom second = SeededRandom.For(42, 1, 2);
        SeededRandom other = SeededRandom.For(42, 2, 1);
        long[] drawn = [.. Enumerable.Range(0, 100).Select(_ => sampler.Next(ref first))];
        Assert.Equal(drawn, Enumerable.Range(0, 100).Select(_ => sampler.Next(ref second)));
        Assert.NotEqual(drawn, Enumerable.Range(0, 100).Select(_ => sampler.Next(ref other)));
    }
}
