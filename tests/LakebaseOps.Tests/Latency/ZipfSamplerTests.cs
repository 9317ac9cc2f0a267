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

        ChiSquare([.. weights.Select(weight => Draws * weight / total)], seen, $"s = {skew}");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.5)]
    [InlineData(0.99)]
    [InlineData(1)]
    [InlineData(1.2)]
    [InlineData(2)]
    public void Ranks_up_to_ten_billion_pass_the_chi_square_test(double skew)
    {
        foreach (long count in new[] { 2, 40, 1_000_003, 10_000_000_000 })
            PassesChiSquare(new ZipfSampler(count, skew), skew, draws: 300_000);
    }

    /// <summary>Ranks 1 to 31 by themselves, then stretches that double in length.</summary>
    private static void PassesChiSquare(ZipfSampler sampler, double skew, int draws)
    {
        List<(long From, long To)> bins = [];
        for (long from = 1; from <= sampler.Count; from = bins[^1].To + 1)
            bins.Add((from, Math.Min(sampler.Count, from < 32 ? from : (2 * from) - 1)));
        double[] weights = [.. bins.Select(bin => Weight(bin.From, bin.To, skew))];
        double total = weights.Sum();
        long[] seen = new long[bins.Count];
        SeededRandom random = new(20261122);
        for (int draw = 0; draw < draws; draw++)
        {
            long rank = sampler.Next(ref random);
            Assert.InRange(rank, 1, sampler.Count);
            seen[rank < 32 ? rank - 1 : 31 + (int)(Math.Log2(rank) - 5)]++;
        }

        ChiSquare([.. weights.Select(weight => draws * weight / total)], seen, $"s = {skew}, N = {sampler.Count}");
    }

    /// <summary>The sum of rank^-s over a stretch: exact terms, and Euler and Maclaurin's formula where they are many.</summary>
    private static double Weight(long from, long to, double skew)
    {
        if (to - from < 1_000)
            return Enumerable.Range(0, (int)(to - from + 1)).Sum(step => Math.Pow(from + step, -skew));
        double integral = skew == 1 ? Math.Log((double)to / from) : (Math.Pow(to, 1 - skew) - Math.Pow(from, 1 - skew)) / (1 - skew);
        return integral + ((Math.Pow(from, -skew) + Math.Pow(to, -skew)) / 2)
            + (skew * (Math.Pow(from, -skew - 1) - Math.Pow(to, -skew - 1)) / 12);
    }

    private static void ChiSquare(double[] wanted, long[] seen, string what)
    {
        double statistic = 0;
        int cells = 0;
        double expected = 0;
        double observed = 0;
        double left = wanted.Sum();
        for (int bin = 0; bin < wanted.Length; bin++)
        {
            expected += wanted[bin];
            observed += seen[bin];
            left -= wanted[bin];
            // Bins too rare for the test are taken together, the last ones with those before them.
            if (bin < wanted.Length - 1 && (expected < 20 || left < 20))
                continue;
            statistic += (observed - expected) * (observed - expected) / expected;
            cells++;
            expected = observed = 0;
        }

        if (cells == 1)
            return;
        // Wilson and Hilferty: the cube root of chi-square per degree of freedom is nearly normal; 4 is one in 30,000.
        double freedom = cells - 1;
        double z = (Math.Cbrt(statistic / freedom) - (1 - (2 / (9 * freedom)))) / Math.Sqrt(2 / (9 * freedom));
        Assert.True(z < 4, $"{what}: chi-square {statistic:F0} with {freedom} degrees of freedom, z = {z:F2}");
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
