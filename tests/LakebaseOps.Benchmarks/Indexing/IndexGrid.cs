using System.Globalization;
using LakebaseOps.Indexing;

namespace LakebaseOps.Benchmarks.Indexing;

/// <summary>Every pair of workers and memory beside the pair that the plan chose.</summary>
/// <param name="builds">Where the runs are kept.</param>
/// <param name="shape">Name of the shape, and contest of its planned builds.</param>
internal sealed class IndexGrid(IndexBuilds builds, string shape)
{
    private const long Megabyte = 1 << 20;

    private string Contest => $"{shape} grid";

    /// <summary>Builds at each point, in turns.</summary>
    public async Task RunAsync(bool quick, int rounds, CancellationToken cancellationToken)
    {
        (int Workers, long Memory) choice = Choice();
        long[] memories = quick ? [4, 16, 64] : [4, 8, 16, 64, 256, 1024];
        (int Workers, long Memory)[] points =
        [
            .. (quick ? [0, 1] : new[] { 0, 1, 2 }).SelectMany(_ => memories, (workers, memory) => (workers, memory * Megabyte))
                // The server takes workers away that have less than 32 MB each: the same build twice.
                .Where(point => point.Item2 >= 32 * Megabyte * (point.workers + 1) || point.workers == 0)
                .Append(choice).Distinct(),
        ];
        for (int round = 1; round <= rounds; round++)
        {
            foreach ((int workers, long memory) in IndexBuilds.InTurn(points, round))
            {
                BuildIndexOptions options = new() { Strategy = IndexBuildStrategy.Hybrid, Workers = workers, MemoryBytes = memory };
                await builds.BuildAsync(shape, "k", options, Contest, Point((workers, memory)), round, cancellationToken);
            }
        }
    }

    /// <summary>The chosen point against the one that was fastest.</summary>
    public Comparison Line()
    {
        IndexRun[][] points = [.. builds.Runs.Where(run => run.Contest == Contest).GroupBy(run => run.Contender).Select(group => group.ToArray())];
        IndexRun[] best = points.MinBy(point => Comparison.Median([.. point.Select(run => run.Seconds)]))!;
        IndexRun[] chosen = points.First(point => point[0].Contender == Point(Choice()));
        return IndexBuilds.Against($"{shape}: chosen ({chosen[0].Contender}) / best of the grid ({best[0].Contender})", chosen, best, 1.1);
    }

    // What the plan chose most often.
    private (int Workers, long Memory) Choice() => builds.Of(shape, $"{IndexBuildStrategy.Planned}")
        .GroupBy(run => (run.Workers, run.MemoryBytes)).MaxBy(group => group.Count())!.Key;

    private static string Point((int Workers, long Memory) point) =>
        string.Create(CultureInfo.InvariantCulture, $"{point.Workers} x {point.Memory / (double)Megabyte:0.#} MB");
}
