namespace LakebaseOps.Benchmarks;

/// <summary>One benchmark: ours and its peer in the same run, in turns.</summary>
internal abstract class Benchmark
{
    /// <summary>The name on the command line.</summary>
    public abstract string Name { get; }

    /// <summary>Runs it.</summary>
    public abstract Task<BenchmarkResult> RunAsync(BenchmarkOptions options, CancellationToken cancellationToken);
}
