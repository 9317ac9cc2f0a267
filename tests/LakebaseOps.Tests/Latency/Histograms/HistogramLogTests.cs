using LakebaseOps.Latency;
using LakebaseOps.Latency.Histograms;

namespace LakebaseOps.Tests.Latency.Histograms;

public sealed class HistogramLogTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_thousand_random_histograms_have_equal_counts_in_an_independent_reader()
    {
        string? missing = await NodePackage.Histogram.MissingAsync(Cancel);
        Assert.SkipWhen(missing is not null, $"{missing}: histogram logs were NOT read by hdr-histogram-js.");
        List<(string Tag, LatencyHistogram Histogram)> written = [.. Enumerable.Range(0, 1_000).Select(seed => ($"cell-{seed % 7}", Random(seed)))];
        using StringWriter log = new();
        HistogramLog.WriteHead(log, "LakebaseOps 0.1.0", DateTimeOffset.UnixEpoch.AddDays(20_000));
        for (int at = 0; at < written.Count; at++)
            HistogramLog.Write(log, Line(written[at].Tag, at, written[at].Histogram));

        string[] read = (await NodePackage.Histogram.RunAsync(
            """
            const fs = require('fs');
            const hdr = require('hdr-histogram-js');
            const reader = new hdr.HistogramLogReader(fs.readFileSync(0, 'utf8'), 64);
            const lines = [];
            for (let histogram; (histogram = reader.nextIntervalHistogram()) != null;) {
              const buckets = [];
              for (let index = 0; index < histogram.countsArrayLength; index++) {
                const count = histogram.getCountAtIndex(index);
                if (count > 0) buckets.push(histogram.highestEquivalentValue(histogram.valueFromIndex(index)) + ':' + count);
              }
              lines.push([histogram.tag, histogram.totalCount, ...buckets].join(' '));
            }
            fs.writeFileSync(1, lines.join('\n'));
            """,
            log.ToString(), Cancel)).Split('\n');
        Assert.Equal(
            written.Select(item => string.Join(' ', (string[])[item.Tag, $"{item.Histogram.Count}", .. item.Histogram.Buckets().Select(bucket => $"{bucket.UpTo}:{bucket.Count}")])),
            read);
    }

    [Fact]
    public void What_was_written_reads_back_with_tags_times_and_counts()
    {
        using StringWriter log = new();
        HistogramLog.WriteHead(log, "LakebaseOps", DateTimeOffset.UnixEpoch);
        HistogramLine[] lines = [.. Enumerable.Range(0, 50).Select(seed => Line($"t{seed % 3}", 1_700_000_000 + (seed * 0.25), Random(seed)))];
        foreach (HistogramLine line in lines)
            HistogramLog.Write(log, line);
        using StringReader text = new(log.ToString());
        HistogramLine[] read = [.. HistogramLog.Read(text)];
        Assert.Equal(lines.Select(line => (line.Tag, line.At, line.Seconds, line.Max)), read.Select(line => (line.Tag, line.At, line.Seconds, line.Max)));
        Assert.Equal(lines.Select(line => line.Histogram.Buckets()), read.Select(line => line.Histogram.Buckets()));
        Assert.All(lines.Zip(read), pair => Assert.Equal(pair.First.Encoded, pair.Second.Encoded));
    }

    [Fact]
    public void Counts_and_empty_stretches_of_every_size_survive()
    {
        long[] counts = new long[54 * 1_024];
        for (int bit = 0; bit < 62; bit++)
            counts[bit * bit * 14] = 1L << bit;
        LatencyHistogram histogram = LatencyHistogram.Of(counts);
        LatencyHistogram read = HistogramCodec.Decode(HistogramCodec.Encode(histogram));
        Assert.Equal(histogram.Buckets(), read.Buckets());
        Assert.Equal((histogram.Count, histogram.Max), (read.Count, read.Max));
        Assert.Empty(HistogramCodec.Decode(HistogramCodec.Encode(new LatencyHistogram())).Buckets());
    }

    [Fact]
    public void What_is_damaged_is_refused()
    {
        byte[] whole = HistogramCodec.Encode(Random(3));
        for (int bytes = 0; bytes < whole.Length; bytes += 5)
            Assert.Throws<FormatException>(() => HistogramCodec.Decode(whole.AsSpan(0, bytes)));
        foreach (string line in new[] { "Tag=a,1,2,3", "Tag=a,1,2,x,AAAA", "1,2,3,===", "nonsense" })
        {
            using StringReader text = new($"#comment\n{line}\n");
            Assert.Contains("line 2", Assert.Throws<FormatException>(() => HistogramLog.Read(text).ToList()).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_tag_holds_nothing_that_ends_it() =>
        Assert.Equal("Batch|HotCold(0.8/0.01)__whole_range", HistogramLog.Tag("Batch|HotCold(0.8/0.01), whole range"));

    private static HistogramLine Line(string tag, double at, LatencyHistogram histogram) =>
        new(tag, at, 1, histogram.Max, HistogramCodec.Encode(histogram));

    /// <summary>From one to some thousand values between 0 and 2^52, the largest that JavaScript counts exactly.</summary>
    private static LatencyHistogram Random(int seed)
    {
        SeededRandom random = SeededRandom.For(seed, 1);
        LatencyHistogram histogram = new();
        int bits = 1 + (int)random.Next(52);
        for (long left = 1 + random.Next(1L << (int)random.Next(12)); left > 0; left--)
            histogram.Record(random.Next(1L << (1 + (int)random.Next(bits))));
        return histogram;
    }
}
