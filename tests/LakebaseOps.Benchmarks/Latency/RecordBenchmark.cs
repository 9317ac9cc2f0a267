using System.Diagnostics;
using LakebaseOps.Latency;

namespace LakebaseOps.Benchmarks.Latency;

/// <summary>What counting one response time in the histogram costs: nanoseconds and bytes.</summary>
internal sealed class RecordBenchmark : Benchmark
{
    private const int Samples = 10_000_000;

    /// <inheritdoc />
    public override string Name => "record";

    /// <inheritdoc />
    public override Task<BenchmarkResult> RunAsync(BenchmarkOptions options, CancellationToken cancellationToken)
    {
        // Values as they come: from 50 microseconds to some milliseconds, in no order.
        long[] values = new long[1 << 16];
        SeededRandom random = new(1);
        for (int at = 0; at < values.Length; at++)
            values[at] = (long)(50_000 * Math.Exp(4 * random.NextDouble()));
        List<double> nanoseconds = [];
        List<double> bytes = [];
        for (int round = 0; round < (options.Quick ? 4 : 12); round++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            LatencyHistogram histogram = new();
            histogram.Record(values.Max());
            long allocated = GC.GetAllocatedBytesForCurrentThread();
            long started = Stopwatch.GetTimestamp();
            for (int sample = 0; sample < Samples; sample++)
                histogram.Record(values[sample & (values.Length - 1)]);
            TimeSpan spent = Stopwatch.GetElapsedTime(started);
            // The first round is compiled while it runs.
            if (round == 0)
                continue;
            nanoseconds.Add(spent.TotalNanoseconds / Samples);
            bytes.Add((GC.GetAllocatedBytesForCurrentThread() - allocated) / (double)Samples);
        }

        return Task.FromResult(new BenchmarkResult(
        [
            Comparison.Figure("one sample", "ns", nanoseconds, atMost: 100),
            Comparison.Figure("memory of one sample", "B", bytes, atMost: 0),
        ]));
    }
}
