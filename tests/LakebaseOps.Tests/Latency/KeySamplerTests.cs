using LakebaseOps.Latency;

namespace LakebaseOps.Tests.Latency;

public sealed class KeySamplerTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(1_000)]
    [InlineData(4_097)]
    public void The_permutation_uses_every_number_once(long count)
    {
        KeyPermutation permutation = new(count, seed: 3);
        HashSet<long> seen = [.. Enumerable.Range(0, (int)count).Select(value => permutation.Of(value))];
        Assert.Equal(count, seen.Count);
        Assert.Equal(count - 1, seen.Max());
        Assert.Equal(0, seen.Min());
    }

    [Fact]
    public void The_permutation_spreads_neighbours_even_among_ten_billion()
    {
        KeyPermutation permutation = new(10_000_000_000, seed: 3);
        long[] first = [.. Enumerable.Range(0, 1_000).Select(value => permutation.Of(value))];
        Assert.All(first, value => Assert.InRange(value, 0, 9_999_999_999));
        Assert.InRange(first.Average(), 4.5e9, 5.5e9);
    }

    [Fact]
    public void Hot_keys_get_their_share_and_misses_theirs()
    {
        const long Count = 10_000;
        MeasureFeatureLatencyOptions options = new() { HotShare = 0.8, HotFraction = 0.01, MissShare = 0.1, Seed = 4 };
        KeySampler sampler = new(KeyDistribution.HotCold, Count, options);
        KeyPermutation permutation = new(Count, options.Seed);
        HashSet<long> hot = [.. Enumerable.Range(0, 100).Select(value => permutation.Of(value))];
        SeededRandom random = new(8);
        long[] drawn = [.. Enumerable.Range(0, 100_000).Select(number => sampler.Next(ref random, number))];
        Assert.InRange(drawn.Count(id => id >= Count) / 100_000.0, 0.095, 0.105);
        Assert.InRange(drawn.Count(hot.Contains) / 90_000.0, 0.79, 0.81);
        Assert.True(hot.IsSubsetOf(drawn));
    }

    [Theory]
    [InlineData(false, 900, 700, 500, 400, 300, 280, 270, 260)]
    [InlineData(true, 900, 700, 500, 300, 301, 299, 305, 300, 300, 302, 298)]
    [InlineData(false, 300, 300, 300, 300, 300, 300, 300)]
    [InlineData(false, 100, 100, 100, 100, 120, 120, 120, 120)]
    public void Warming_up_ends_when_medians_stop_moving(bool stable, params int[] medians) =>
        Assert.Equal(stable, WarmUp.IsStable([.. medians.Select(median => (long)median)]));
}
