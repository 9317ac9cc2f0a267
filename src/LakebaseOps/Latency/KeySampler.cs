using System.Globalization;

namespace LakebaseOps.Latency;

/// <summary>Draws the ids of one key space by a distribution.</summary>
internal sealed class KeySampler
{
    private readonly KeyDistribution _distribution;
    private readonly KeyPermutation _permutation;
    private readonly ZipfSampler? _zipf;
    private readonly long _hot;
    private readonly double _hotShare;
    private readonly double _missShare;

    public KeySampler(KeyDistribution distribution, long count, FeatureRequestOptions options)
    {
        _distribution = distribution;
        _permutation = new KeyPermutation(count, options.Seed);
        _zipf = distribution is KeyDistribution.Zipf or KeyDistribution.Latest ? new ZipfSampler(count, options.Skew) : null;
        _hot = Math.Clamp((long)Math.Ceiling(count * options.HotFraction), 1, count);
        _hotShare = options.HotShare;
        _missShare = options.MissShare;
    }

    /// <summary>The distribution with its settings, as results name it.</summary>
    public static string Label(KeyDistribution distribution, FeatureRequestOptions options) =>
        distribution switch
    {
        KeyDistribution.Zipf => string.Create(CultureInfo.InvariantCulture, $"Zipf({options.Skew})"),
        KeyDistribution.Latest => string.Create(CultureInfo.InvariantCulture, $"Latest({options.Skew})"),
        KeyDistribution.HotCold => string.Create(CultureInfo.InvariantCulture,
            $"HotCold({options.HotShare}/{options.HotFraction})"),
        _ => distribution.ToString(),
    } + (options.KeyRange == KeyRange.Whole ? ", whole range" : "");

    /// <summary>An id; from the number of keys on for one that no table holds.</summary>
    /// <param name="random">Where chance comes from.</param>
    /// <param name="number">The request's number, by which the lines of a file are taken.</param>
    public long Next(ref SeededRandom random, long number)
    {
        long count = _permutation.Count;
        if (_distribution == KeyDistribution.File)
            return number % count;
        if (_missShare > 0 && random.NextDouble() < _missShare)
            return count + random.Next(1L << 40);
        return _distribution switch
        {
            KeyDistribution.Zipf => _permutation.Of(_zipf!.Next(ref random) - 1),
            KeyDistribution.Latest => count - _zipf!.Next(ref random),
            KeyDistribution.HotCold when _hot == count || random.NextDouble() < _hotShare =>
                _permutation.Of(random.Next(_hot)),
            KeyDistribution.HotCold => _permutation.Of(_hot + random.Next(count - _hot)),
            _ => random.Next(count),
        };
    }
}
