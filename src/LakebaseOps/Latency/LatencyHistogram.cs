using System.Numerics;

namespace LakebaseOps.Latency;

/// <summary>
/// Counts of values with a fixed relative precision, after the method of HdrHistogram: values share a bucket when they
/// agree in their first 11 significant bits, which keeps three significant decimal digits. Any value from 0 to 2^62
/// fits; the table grows as larger values come. Recording allocates nothing unless it grows. The table is laid out as
/// HdrHistogram's own (lowest value 1, three digits), so <see cref="Histograms.HistogramCodec"/> writes it as it stands.
/// </summary>
/// <remarks>
/// Not the package HdrHistogram: its last release is of 2017, its histograms do not grow and throw on a value above
/// their range, and its writer knows no tags.
/// </remarks>
internal sealed class LatencyHistogram
{
    private const int SubBits = 11;
    private const int Half = 1 << (SubBits - 1);

    private long[] _counts = new long[4 * Half];
    private double _sum;

    /// <summary>Values recorded.</summary>
    public long Count { get; private set; }

    /// <summary>The smallest value recorded, exactly; 0 when there is none.</summary>
    public long Min => Count == 0 ? 0 : _min;

    /// <summary>The largest value recorded, exactly.</summary>
    public long Max { get; private set; }

    /// <summary>Arithmetic mean of the exact values; 0 when there are none.</summary>
    public double Mean => Count == 0 ? 0 : _sum / Count;

    private long _min = long.MaxValue;

    /// <summary>Counts a value; below 0 counts as 0.</summary>
    public void Record(long value)
    {
        value = Math.Max(value, 0);
        int index = IndexOf(value);
        if (index >= _counts.Length)
            Array.Resize(ref _counts, Math.Max(index + 1, _counts.Length + (2 * Half)));
        _counts[index]++;
        Count++;
        _sum += value;
        _min = Math.Min(_min, value);
        Max = Math.Max(Max, value);
    }

    /// <summary>Adds all that another has counted.</summary>
    public void Add(LatencyHistogram other)
    {
        if (other._counts.Length > _counts.Length)
            Array.Resize(ref _counts, other._counts.Length);
        for (int index = 0; index < other._counts.Length; index++)
            _counts[index] += other._counts[index];
        Count += other.Count;
        _sum += other._sum;
        _min = Math.Min(_min, other._min);
        Max = Math.Max(Max, other.Max);
    }

    /// <summary>Forgets everything and keeps the memory.</summary>
    public void Clear()
    {
        Array.Clear(_counts);
        Count = 0;
        _sum = 0;
        _min = long.MaxValue;
        Max = 0;
    }

    /// <summary>The value at or below which that share of the values lie.</summary>
    /// <param name="quantile">0 to 1.</param>
    public long ValueAt(double quantile) =>
        ValueAtRank((long)Math.Ceiling(Math.Clamp(quantile, 0, 1) * Count));

    /// <summary>
    /// The value of the rank-th smallest value (from 1), as the largest that shares its bucket; 0 when there are
    /// none.
    /// </summary>
    public long ValueAtRank(long rank)
    {
        if (Count == 0)
            return 0;
        rank = Math.Clamp(rank, 1, Count);
        if (rank == 1)
            return Min;
        long seen = 0;
        int index = -1;
        while (seen < rank)
            seen += _counts[++index];
        return Math.Clamp(HighestOf(index), Min, Max);
    }

    /// <summary>The counts up to the last bucket that holds a value, by bucket.</summary>
    public ReadOnlySpan<long> Counts => _counts.AsSpan(0, Count == 0 ? 0 : IndexOf(Max) + 1);

    /// <summary>
    /// A histogram of counts by bucket. Its smallest and largest value are known to the bucket only, and its sum is
    /// made of the buckets' middles.
    /// </summary>
    /// <exception cref="FormatException">A count is negative, or there are more buckets than values have.</exception>
    public static LatencyHistogram Of(ReadOnlySpan<long> counts)
    {
        if (counts.Length > IndexOf(long.MaxValue) + 1)
            throw new FormatException("the histogram has more buckets than there are values for");
        LatencyHistogram made = new();
        if (counts.Length > made._counts.Length)
            made._counts = new long[counts.Length];
        counts.CopyTo(made._counts);
        for (int index = 0; index < counts.Length; index++)
        {
            if (counts[index] < 0)
                throw new FormatException("a count of the histogram is negative");
            if (counts[index] == 0)
                continue;
            made.Count += counts[index];
            made._min = Math.Min(made._min, LowestOf(index));
            made.Max = HighestOf(index);
            made._sum += counts[index] * (LowestOf(index) + HighestOf(index)) / 2.0;
        }

        return made;
    }

    /// <summary>The buckets with at least one value, in order: the largest value of each and its count.</summary>
    public IEnumerable<(long UpTo, long Count)> Buckets()
    {
        for (int index = 0; index < _counts.Length; index++)
        {
            if (_counts[index] > 0)
                yield return (HighestOf(index), _counts[index]);
        }
    }

    // The first 2 * Half values have a bucket each; every further power of two has Half buckets.
    private static int IndexOf(long value)
    {
        int shift = Math.Max(0, BitOperations.Log2((ulong)value | 1) - (SubBits - 1));
        return (shift * Half) + (int)(value >> shift);
    }

    private static long HighestOf(int index) => LowestOf(index) + (1L << ShiftOf(index)) - 1;

    private static long LowestOf(int index) => (long)(index - (ShiftOf(index) * Half)) << ShiftOf(index);

    private static int ShiftOf(int index) => Math.Max(0, (index / Half) - 1);
}
