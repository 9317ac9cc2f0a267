using LakebaseOps.Benchmarks.Loading;
using LakebaseOps.Indexing;

namespace LakebaseOps.Benchmarks.Indexing;

/// <summary>Builds of one table: planned beside the server's defaults and the rule of sizes, its text key as the advisor proposes it, and the grid.</summary>
/// <param name="server">Where they are built.</param>
/// <param name="builds">Where the runs are kept.</param>
/// <param name="shape">The table.</param>
internal sealed class ShapeContest(BenchServer server, IndexBuilds builds, IndexBenchShape shape)
{
    private const string FirstTime = "Planned, first of its kind";
    private const string Collated = "k COLLATE \"C\"";
    private const string AsOne = "one process";
    private const string CollatedAsOne = "one process, COLLATE C";
    private const double ShortestSeconds = 2;

    private const string Forget =
        "DO $$BEGIN IF to_regclass('lakebase_ops.index_pace') IS NOT NULL THEN DELETE FROM lakebase_ops.index_pace; END IF; END$$";

    // Without a worker, and so without a part that a second processor does meanwhile: what comparing alone costs.
    private static readonly BuildIndexOptions s_oneProcess = new() { Strategy = IndexBuildStrategy.Hybrid, Workers = 0, MemoryBytes = 64 << 20 };

    /// <summary>Makes the table, builds in turns, then the grid.</summary>
    public async Task RunAsync(long rows, bool quick, int rounds, int gridRounds, CancellationToken cancellationToken)
    {
        IndexBenchShape[] tables = shape.AsAdvised is IndexBenchShape advised ? [shape, advised] : [shape];
        foreach (IndexBenchShape table in tables)
        {
            await server.ExecuteAsync(table.Create(table.Name, rows), cancellationToken);
            await server.ExecuteAsync($"VACUUM ANALYZE {table.Name}", cancellationToken);
        }

        for (int round = 0; round <= rounds; round++)
        {
            foreach (string contender in IndexBuilds.InTurn([FirstTime, .. Enum.GetNames<IndexBuildStrategy>()], round))
            {
                if (contender == FirstTime && round > 0)
                    await server.ExecuteAsync(Forget, cancellationToken);
                IndexBuildStrategy strategy = contender == FirstTime ? IndexBuildStrategy.Planned : Enum.Parse<IndexBuildStrategy>(contender);
                await BuildAsync("k", new() { Strategy = strategy }, contender, round, cancellationToken);
            }

            if (shape.Type != "text")
                continue;
            await BuildAsync(Collated, new(), "COLLATE C", round, cancellationToken);
            if (shape.AsAdvised is IndexBenchShape other)
                await builds.BuildAsync(other.Name, "k", new(), shape.Name, other.Type, round, cancellationToken);
            if (quick)
                continue;
            await BuildAsync("k", s_oneProcess, AsOne, round, cancellationToken);
            await BuildAsync(Collated, s_oneProcess, CollatedAsOne, round, cancellationToken);
        }

        await new IndexGrid(builds, shape.Name).RunAsync(quick, gridRounds, cancellationToken);
        foreach (IndexBenchShape table in tables)
            await server.ExecuteAsync($"DROP TABLE {table.Name}", cancellationToken);
    }

    /// <summary>What came of it.</summary>
    public IEnumerable<Comparison> Lines()
    {
        string name = shape.Name;
        IndexRun[] planned = Of($"{IndexBuildStrategy.Planned}");
        IndexRun[] defaults = Of($"{IndexBuildStrategy.Defaults}");
        yield return IndexBuilds.Against($"{name}: planned / defaults", planned, defaults);
        yield return IndexBuilds.Against($"{name}: planned / hybrid", planned, Of($"{IndexBuildStrategy.Hybrid}"));
        yield return Comparison.Against($"{name}: planned with planning / defaults", "s", [.. planned.Select(run => run.WallSeconds)], [.. defaults.Select(run => run.WallSeconds)]);
        if (planned.All(run => run.EstimatedSeconds is not null))
            yield return Comparison.Against($"{name}: estimate / actual", "s", [.. planned.Select(run => run.EstimatedSeconds!.Value)], [.. planned.Select(run => run.Seconds)]);
        foreach (IndexRun[] runs in new[] { planned, Of(FirstTime), defaults })
        {
            // Progress is read a few times in a second: of a short build the quarter is a reading or none.
            if (runs.Where(run => run.Seconds >= ShortestSeconds).Select(run => run.QuarterError).OfType<double>().ToArray() is { Length: > 0 } errors)
                yield return Comparison.Figure($"{name}: end foretold after a quarter, {runs[0].Contender}: error", "share", errors, atMost: 0.2);
        }

        if (shape.Type == "text")
        {
            yield return IndexBuilds.Against($"{name}: planned as advised (COLLATE C) / defaults", Of("COLLATE C"), defaults, 0.5);
            if (shape.AsAdvised is IndexBenchShape other)
                yield return IndexBuilds.Against($"{name}: planned as advised ({other.Type} key) / defaults", Of(other.Type), defaults, 0.5);
            if (Of(AsOne) is { Length: > 0 } one)
                yield return IndexBuilds.Against($"{name}: COLLATE C / the database's collation, one process each", Of(CollatedAsOne), one);
        }

        yield return new IndexGrid(builds, name).Line();
    }

    private Task BuildAsync(string key, BuildIndexOptions options, string contender, int round, CancellationToken cancellationToken) =>
        builds.BuildAsync(shape.Name, key, options, shape.Name, contender, round, cancellationToken);

    private IndexRun[] Of(string contender) => builds.Of(shape.Name, contender);
}
