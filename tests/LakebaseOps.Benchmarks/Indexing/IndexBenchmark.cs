using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using LakebaseOps.Benchmarks.Loading;
using LakebaseOps.Indexing;
using LakebaseOps.Operations;

namespace LakebaseOps.Benchmarks.Indexing;

/// <summary>
/// Builds planned from a sample beside the server's defaults and the rule of sizes, in turns; the chosen workers and memory beside
/// every point of a grid of them; several tables beside the index phase of pg_restore.
/// </summary>
internal sealed class IndexBenchmark : Benchmark
{
    private const long Megabyte = 1 << 20;
    private const string Several = "four tables";
    private const string FirstTime = "Planned, first of its kind";

    private const string Forget =
        "DO $$BEGIN IF to_regclass('lakebase_ops.index_pace') IS NOT NULL THEN DELETE FROM lakebase_ops.index_pace; END IF; END$$";

    private readonly List<IndexRun> _runs = [];

    /// <inheritdoc />
    public override string Name => "index";

    /// <inheritdoc />
    public override async Task<BenchmarkResult> RunAsync(BenchmarkOptions options, CancellationToken cancellationToken)
    {
        DateTimeOffset startedAt = DateTimeOffset.UtcNow;
        long rows = (long)((options.Quick ? 600_000 : 4_000_000) * options.Rows);
        (int rounds, int gridRounds) = options.Quick ? (3, 2) : (5, 3);
        await using BenchServer server = await BenchServer.StartAsync(options.Settings, cancellationToken);
        QuietWatch quiet = new(server.ProcessId);
        List<Comparison> lines = [];
        foreach (IndexBenchShape shape in IndexBenchShape.All.Where(shape => Matches(options.Contest, shape.Name)))
        {
            await server.ExecuteAsync(shape.Create(shape.Name, rows), cancellationToken);
            await server.ExecuteAsync($"VACUUM ANALYZE {shape.Name}", cancellationToken);
            for (int round = 0; round <= rounds; round++)
            {
                foreach (string contender in InTurn([FirstTime, .. Enum.GetNames<IndexBuildStrategy>()], round))
                {
                    if (contender == FirstTime && round > 0)
                        await server.ExecuteAsync(Forget, cancellationToken);
                    IndexBuildStrategy strategy = contender == FirstTime ? IndexBuildStrategy.Planned : Enum.Parse<IndexBuildStrategy>(contender);
                    await BuildAsync(server, shape.Name, shape.Name, "k", new() { Strategy = strategy }, contender, round, cancellationToken);
                }

                if (shape.Type == "text")
                    await BuildAsync(server, shape.Name, Collated(shape.Name), "k COLLATE \"C\"", new(), $"{IndexBuildStrategy.Planned}", round, cancellationToken);
            }

            await GridAsync(server, shape.Name, options.Quick, gridRounds, cancellationToken);
            lines.AddRange(Lines(shape.Name, shape.Type));
            await server.ExecuteAsync($"DROP TABLE {shape.Name}", cancellationToken);
        }

        if (Matches(options.Contest, Several))
            lines.AddRange(await SeveralAsync(server, rows, rounds, cancellationToken));
        return new BenchmarkResult(lines, new IndexDetails
        {
            StartedAt = startedAt,
            Processor = MachineTime.Processor(),
            Processors = Environment.ProcessorCount,
            Server = await server.SettingsAsync(cancellationToken),
            Rows = rows,
            OthersShare = await quiet.EndAsync(),
            Runs = _runs,
        });
    }

    private IEnumerable<Comparison> Lines(string shape, string type)
    {
        IndexRun[] planned = Of(shape, $"{IndexBuildStrategy.Planned}");
        IndexRun[] defaults = Of(shape, $"{IndexBuildStrategy.Defaults}");
        yield return Against($"{shape}: planned / defaults", planned, defaults, null);
        yield return Against($"{shape}: planned / hybrid", planned, Of(shape, $"{IndexBuildStrategy.Hybrid}"), null);
        yield return Comparison.Against($"{shape}: planned with planning / defaults", "s", [.. planned.Select(run => run.WallSeconds)], [.. defaults.Select(run => run.WallSeconds)]);
        if (planned.All(run => run.EstimatedSeconds is not null))
            yield return Comparison.Against($"{shape}: estimate / actual", "s", [.. planned.Select(run => run.EstimatedSeconds!.Value)], [.. planned.Select(run => run.Seconds)]);
        foreach (IndexRun[] runs in new[] { planned, Of(shape, FirstTime), defaults })
        {
            // Progress is read a few times in a second: short builds are over by then.
            if (runs.Select(run => run.QuarterError).OfType<double>().ToArray() is { Length: > 0 } errors)
                yield return Comparison.Figure($"{shape}: end foretold after a quarter, {runs[0].Contender}: error", "share", errors, atMost: 0.2);
        }

        if (type == "text")
            yield return Against($"{shape}: planned as advised (COLLATE C) / defaults", Of(Collated(shape), $"{IndexBuildStrategy.Planned}"), defaults, 0.5);
        IndexRun[][] points = [.. _runs.Where(run => run.Contest == Grid(shape) && run.Round > 0).GroupBy(run => run.Contender).Select(group => group.ToArray())];
        IndexRun[] best = points.MinBy(point => Comparison.Median([.. point.Select(run => run.Seconds)]))!;
        IndexRun[] chosen = points.First(point => point[0].Contender == Chosen(shape));
        yield return Against($"{shape}: chosen ({chosen[0].Contender}) / best of the grid ({best[0].Contender})", chosen, best, 1.1);
    }

    /// <summary>Every pair of workers and memory, and the plan's own choice, in turns.</summary>
    private async Task GridAsync(BenchServer server, string shape, bool quick, int rounds, CancellationToken cancellationToken)
    {
        IndexRun choice = Choice(shape);
        long[] memories = quick ? [4, 16, 64, 256] : [4, 8, 16, 64, 256, 1024];
        (int Workers, long Memory)[] points =
        [
            .. (quick ? [0, 1] : new[] { 0, 1, 2 }).SelectMany(_ => memories, (workers, memory) => (workers, memory * Megabyte))
                // The server takes workers away that have less than 32 MB each: the same build twice.
                .Where(point => point.Item2 >= 32 * Megabyte * (point.workers + 1) || point.workers == 0)
                .Append((choice.Workers, choice.MemoryBytes)).Distinct(),
        ];
        for (int round = 1; round <= rounds; round++)
        {
            foreach ((int workers, long memory) in InTurn(points, round))
            {
                BuildIndexOptions options = new() { Strategy = IndexBuildStrategy.Hybrid, Workers = workers, MemoryBytes = memory };
                await BuildAsync(server, shape, Grid(shape), "k", options, Point(workers, memory), round, cancellationToken);
            }
        }
    }

    private async Task<IReadOnlyList<Comparison>> SeveralAsync(BenchServer server, long rows, int rounds, CancellationToken cancellationToken)
    {
        if (OtherProgram.Find(server, "pg_restore") is null || OtherProgram.Find(server, "pg_dump") is null)
        {
            await Console.Error.WriteLineAsync($"NOT MEASURED: {Several}: pg_dump and pg_restore are not installed.");
            return [];
        }

        string[] tables = ["several_1", "several_2", "several_3", "several_4"];
        IndexBenchShape shape = IndexBenchShape.All.First(one => one.Name == "text");
        for (int at = 0; at < tables.Length; at++)
        {
            await server.ExecuteAsync($"{shape.Create(tables[at], rows / (at + 2))}; ALTER TABLE {tables[at]} ADD CONSTRAINT {tables[at]}_pkey PRIMARY KEY (k)", cancellationToken);
            await server.ExecuteAsync($"VACUUM ANALYZE {tables[at]}", cancellationToken);
        }

        string file = Path.Combine(Path.GetTempPath(), $"lakebaseops-bench-{Environment.ProcessId}.dump");
        string drop = string.Join("; ", tables.Select(table => $"ALTER TABLE {table} DROP CONSTRAINT {table}_pkey, ALTER k DROP NOT NULL"));
        try
        {
            await OtherProgram.RunAsync(server, "pg_dump", "pg_dump", ["-Fc", "--section=post-data", "-t", "several_*", "-f", file], cancellationToken);
            await server.ExecuteAsync(drop, cancellationToken);
            for (int round = 0; round <= rounds; round++)
            {
                foreach (string contender in InTurn(["pg_restore -j2", "Planned", "Defaults", "Hybrid"], round))
                {
                    long start = Stopwatch.GetTimestamp();
                    if (contender.StartsWith("pg_", StringComparison.Ordinal))
                    {
                        await OtherProgram.RunAsync(server, "pg_restore", contender, ["-j2", "-d", server.Programs["PGDATABASE"], file], cancellationToken);
                    }
                    else
                    {
                        BuildIndexOptions options = new() { Table = tables, Columns = ["k"], PrimaryKey = true, Offline = true, Strategy = Enum.Parse<IndexBuildStrategy>(contender) };
                        await Task.Run(() => OperationPump.Run(new BuildIndexOperation(server.Session, options), new OperationOutput(), cancellationToken), cancellationToken);
                    }

                    double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
                    _runs.Add(new IndexRun(Several, contender, round, seconds, seconds, null, null, 0, 0));
                    await server.ExecuteAsync(drop, cancellationToken);
                }
            }
        }
        finally
        {
            File.Delete(file);
        }

        return
        [
            .. new[] { "pg_restore -j2", "Defaults", "Hybrid" }.Select(peer =>
                Against($"{Several}: planned with planning / {peer}", Of(Several, "Planned"), Of(Several, peer), peer == "pg_restore -j2" ? 1.0 : null)),
        ];
    }

    private async Task BuildAsync(
        BenchServer server, string table, string contest, string key, BuildIndexOptions options, string contender, int round, CancellationToken cancellationToken)
    {
        TableDefinition definition = new() { Name = new TableName("public", table), Indexes = [new IndexDefinition { Name = "bench_index", Keys = [key] }] };
        List<(DateTimeOffset At, TimeSpan Left)> foretold = [];
        OperationOutput output = new()
        {
            OnReport = progress =>
            {
                if (progress.Remaining is TimeSpan left)
                    foretold.Add((DateTimeOffset.UtcNow, left));
            },
        };
        long start = Stopwatch.GetTimestamp();
        BuildIndexOperation operation = new(server.Session, options with { Definition = [definition], Offline = true });
        await Task.Run(() => OperationPump.Run(operation, output, cancellationToken), cancellationToken);
        double wall = Stopwatch.GetElapsedTime(start).TotalSeconds;
        IndexBuildResult built = output.Results.OfType<IndexBuildResult>().Single();
        if (built.Status != "Built")
            throw new BenchmarkException($"{contest}, {contender}: {built.Status}.");
        double? error = foretold.SkipWhile(one => one.At < built.StartedAt + (built.Duration / 4))
            .Where(one => one.At < built.StartedAt + (built.Duration / 2))
            .Select(one => (double?)Math.Abs(((one.At - built.StartedAt + one.Left) / built.Duration) - 1)).FirstOrDefault();
        _runs.Add(new IndexRun(
            contest, contender, round, built.Duration.TotalSeconds, wall, built.EstimatedDuration?.TotalSeconds, error, built.Workers, built.MemoryBytes));
        await server.ExecuteAsync("DROP INDEX bench_index", cancellationToken);
    }

    // What the plan chose most often.
    private IndexRun Choice(string shape) => Of(shape, $"{IndexBuildStrategy.Planned}")
        .GroupBy(run => (run.Workers, run.MemoryBytes)).MaxBy(group => group.Count())!.First();

    private string Chosen(string shape) => Point(Choice(shape).Workers, Choice(shape).MemoryBytes);

    // The first round warms up and counts for nothing.
    private IndexRun[] Of(string contest, string contender) =>
        [.. _runs.Where(run => run.Contest == contest && run.Contender == contender && run.Round > 0).OrderBy(run => run.Round)];

    private static Comparison Against(string name, IReadOnlyList<IndexRun> ours, IReadOnlyList<IndexRun> peer, double? atMost) =>
        Comparison.Against(name, "s", [.. ours.Select(run => run.Seconds)], [.. peer.Select(run => run.Seconds)], atMost: atMost);

    private static string Collated(string shape) => $"{shape} COLLATE C";

    private static string Grid(string shape) => $"{shape} grid";

    private static string Point(int workers, long memory) =>
        string.Create(CultureInfo.InvariantCulture, $"{workers} x {memory / (double)Megabyte:0.#} MB");

    // Who comes first changes from round to round.
    private static IEnumerable<T> InTurn<T>(IReadOnlyList<T> all, int round) => Enumerable.Range(0, all.Count).Select(at => all[(at + round) % all.Count]);

    private static bool Matches(string? pattern, string name) => pattern is null || Regex.IsMatch(name, pattern, RegexOptions.IgnoreCase);
}
