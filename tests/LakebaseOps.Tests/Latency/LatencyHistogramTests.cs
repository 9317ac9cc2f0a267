using LakebaseOps.Latency;

namespace LakebaseOps.Tests.Latency;

public sealed class LatencyHistogramTests
{
    [Theory]
    [InlineData(1, 1_000)]
    [InlineData(2, 5_000_000)]
    [InlineData(3, 3_600_000_000_000)]
    public void Every_percentile_agrees_with_sorting_to_three_digits(int seed, long largest)
    {
        Random random = new(seed);
        LatencyHistogram histogram = new();
        // Log-uniform: as many microseconds as seconds.
        long[] values = [.. Enumerable.Range(0, 20_000).Select(_ => (long)Math.Exp(random.NextDouble() * Math.Log(largest)))];
        foreach (long value in values)
            histogram.Record(value);
        Array.Sort(values);

        for (int rank = 1; rank <= values.Length; rank++)
        {
            long exact = values[rank - 1];
            long read = histogram.ValueAtRank(rank);
            Assert.True(read >= exact && read <= exact + (exact / 1000), $"rank {rank}: {exact} read as {read}");
        }

        Assert.Equal(values[0], histogram.Min);
        Assert.Equal(values[^1], histogram.Max);
        Assert.Equal(values.Average(), histogram.Mean, tolerance: 1e-6 * values.Average());
        Assert.Equal(values[9_999], histogram.ValueAt(0.5), tolerance: values[9_999] / 1000.0);
        Assert.Equal(values.Length, histogram.Buckets().Sum(bucket => bucket.Count));
    }

    [Fact]
    public void Values_below_2048_are_exact_and_buckets_are_in_order()
    {
        LatencyHistogram histogram = new();
        for (int value = 0; value < 2048; value++)
            histogram.Record(value);
        Assert.Equal(Enumerable.Range(0, 2048).Select(value => ((long)value, 1L)), histogram.Buckets());
    }

    [Fact]
    public void Merging_equals_recording_into_one()
    {
        Random random = new(7);
        LatencyHistogram all = new();
        LatencyHistogram[] parts = [new(), new(), new()];
        for (int i = 0; i < 30_000; i++)
        {
            long value = random.NextInt64(1L << random.Next(1, 40));
            all.Record(value);
            parts[i % 3].Record(value);
        }

        LatencyHistogram merged = new();
        foreach (LatencyHistogram part in parts)
            merged.Add(part);
        Assert.Equal(all.Buckets(), merged.Buckets());
        Assert.Equal((all.Count, all.Min, all.Max), (merged.Count, merged.Min, merged.Max));
        merged.Clear();
        Assert.Empty(merged.Buckets());
        Assert.Equal((0L, 0L, 0L), (merged.Count, merged.Min, merged.ValueAt(0.5)));
    }

    [Fact]
    public void Recording_allocates_nothing()
    {
        LatencyHistogram histogram = new();
        histogram.Record(1L << 40);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100_000; i++)
            histogram.Record(i * 1_000L);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }
}
