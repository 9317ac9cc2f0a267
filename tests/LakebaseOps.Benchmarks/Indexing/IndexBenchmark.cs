using System.Text.RegularExpressions;
using LakebaseOps.Benchmarks.Loading;
using LakebaseOps.Indexing;

namespace LakebaseOps.Benchmarks.Indexing;

/// <summary>
/// Builds planned from a sample beside the server's defaults and the rule of sizes, in turns; the chosen workers and memory beside
/// every point of a grid of them, for six keys and for six tables with three types of key each; several tables beside the index phase of
/// pg_restore.
/// </summary>
internal sealed class IndexBenchmark : Benchmark
{
    // So often the plan is asked for its choice in a pair.
    private const int PairRounds = 2;

    /// <inheritdoc />
    public override string Name => "index";

    /// <inheritdoc />
    public override async Task<BenchmarkResult> RunAsync(BenchmarkOptions options, CancellationToken cancellationToken)
    {
        DateTimeOffset startedAt = DateTimeOffset.UtcNow;
        long rows = (long)((options.Quick ? 500_000 : 4_000_000) * options.Rows);
        (int rounds, int gridRounds) = options.Quick ? (3, 3) : (5, 3);
        // All log that a table's rows made is kept for the builds.
        Dictionary<string, string> settings = new(options.Settings);
        settings.TryAdd("min_wal_size", "8GB");
        await using BenchServer server = await BenchServer.StartAsync(settings, cancellationToken);
        QuietWatch quiet = new(server.ProcessId);
        IndexBuilds builds = new(server);
        List<Comparison> lines = [];
        foreach (IndexBenchShape shape in IndexBenchShape.All.Where(shape => Matches(options.Contest, shape.Name)))
        {
            ShapeContest contest = new(server, builds, shape);
            await contest.RunAsync(rows, options.Quick, rounds, gridRounds, cancellationToken);
            lines.AddRange(contest.Lines());
        }

        foreach (IndexBenchShape pair in IndexBenchShape.Pairs.Where(pair => !options.Quick && Matches(options.Contest, pair.Name)))
        {
            await server.ExecuteAsync(pair.Create(pair.Name, rows), cancellationToken);
            await server.ExecuteAsync($"VACUUM ANALYZE {pair.Name}", cancellationToken);
            for (int round = 1; round <= PairRounds; round++)
                await builds.BuildAsync(pair.Name, "k", new(), pair.Name, $"{IndexBuildStrategy.Planned}", round, cancellationToken);
            IndexGrid grid = new(builds, pair.Name);
            await grid.RunAsync(options.Quick, gridRounds, cancellationToken);
            lines.Add(grid.Line());
            await server.ExecuteAsync($"DROP TABLE {pair.Name}", cancellationToken);
        }

        if (Matches(options.Contest, SeveralTables.Contest))
            lines.AddRange(await new SeveralTables(server, builds).RunAsync(rows, rounds, cancellationToken));
        return new BenchmarkResult(lines, new IndexDetails
        {
            StartedAt = startedAt,
            Processor = MachineTime.Processor(),
            Processors = Environment.ProcessorCount,
            Server = await server.SettingsAsync(cancellationToken),
            Rows = rows,
            OthersShare = await quiet.EndAsync(),
            Runs = builds.Runs,
        });
    }

    private static bool Matches(string? pattern, string name) => pattern is null || Regex.IsMatch(name, pattern, RegexOptions.IgnoreCase);
}
