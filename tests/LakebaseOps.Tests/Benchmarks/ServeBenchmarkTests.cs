using LakebaseOps.Benchmarks;
using LakebaseOps.Benchmarks.Serving;

namespace LakebaseOps.Tests.Benchmarks;

/// <summary>How the benchmark "serve" measures and judges.</summary>
public sealed class ServeBenchmarkTests
{
    [Fact]
    public void Percentiles_are_samples_that_enough_others_do_not_exceed()
    {
        ServeFigures figures = ServeFigures.Of("ours", "pinned", 1, 0, new ServeSamples([.. Enumerable.Range(1, 200).Reverse().Select(us => (double)us)], 512));
        Assert.Equal((1, 100, 198, 200, 512), (figures.MinUs, figures.P50Us, figures.P99Us, figures.Requests, figures.AllocatedBytes));
    }

    [Fact]
    public void Targets_are_judged_by_the_middle_ratio_of_the_same_rounds()
    {
        ServeFigures[] runs =
        [
            Run(OwnRead.NameOf(FeatureMode.Batch), 1, 80), Run(OwnRead.NameOf(FeatureMode.Batch), 2, 180), Run(OwnRead.NameOf(FeatureMode.Batch), 3, 95),
            Run(PgBenchRead.Pipeline, 1, 100), Run(PgBenchRead.Pipeline, 2, 200), Run(PgBenchRead.Pipeline, 3, 100),
            Run(OwnRead.NameOf(null), 1, 40), Run(OwnRead.NameOf(null), 2, 40), Run(OwnRead.NameOf(null), 3, 40),
            Run(OwnRead.NameOf(FeatureMode.Rpc), 1, 95), Run(OwnRead.NameOf(FeatureMode.Rpc), 2, 190), Run(OwnRead.NameOf(FeatureMode.Rpc), 3, 99),
            // Another placement has nothing to do with it.
            Run(PgBenchRead.Pipeline, 1, 1) with { Placement = "unpinned" },
        ];
        Comparison[] lines = [.. new ServeTargets("pinned", runs, [40, 40, 40]).Lines()];
        Comparison batch = Assert.Single(lines, line => line.Name == "pinned: p50, ours, Batch / pgbench, pipeline");
        Assert.Equal(0.9, batch.Ratio!.Value, precision: 9);
        Assert.True(batch.Holds);
        Assert.False(Assert.Single(lines, line => line.Name == "pinned: p50, ours, Rpc / pgbench, pipeline").Holds);
        Comparison floor = Assert.Single(lines, line => line.Name == "pinned: p50, ours, Batch / floor and executor");
        Assert.Equal((80, false), (floor.Peer, floor.Holds));
        Assert.True(Assert.Single(lines, line => line.Name == "pinned: allocated, ours, Batch").Holds);
        Assert.DoesNotContain(lines, line => line.Name.Contains("Union", StringComparison.Ordinal));
    }

    private static ServeFigures Run(string contender, int round, double us) => new()
    {
        Contender = contender, Placement = "pinned", Round = round, Place = 0, Requests = 1_000, MinUs = us, P50Us = us, P99Us = us, AllocatedBytes = 1_000,
    };
}
