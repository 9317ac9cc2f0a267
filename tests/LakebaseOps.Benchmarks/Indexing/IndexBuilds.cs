using System.Diagnostics;
using LakebaseOps.Benchmarks.Loading;
using LakebaseOps.Indexing;
using LakebaseOps.Operations;

namespace LakebaseOps.Benchmarks.Indexing;

/// <summary>Builds indexes one after another and keeps what each took.</summary>
/// <param name="server">Where they are built.</param>
internal sealed class IndexBuilds(BenchServer server)
{
    private readonly List<IndexRun> _runs = [];

    /// <summary>Every run so far.</summary>
    public IReadOnlyList<IndexRun> Runs => _runs;

    /// <summary>Builds an index on a table, keeps its figures, and drops it.</summary>
    /// <param name="table">The table.</param>
    /// <param name="key">Its key as CREATE INDEX takes it.</param>
    /// <param name="options">How it is built.</param>
    /// <param name="contest">What it is measured for.</param>
    /// <param name="contender">What builds it.</param>
    /// <param name="round">Number of the round; 0 warms up.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task BuildAsync(
        string table, string key, BuildIndexOptions options, string contest, string contender, int round, CancellationToken cancellationToken)
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
        // The log that was written goes round: a server that has run for a while does not make new files of zeros for it.
        await server.ExecuteAsync("CHECKPOINT", cancellationToken);
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
        Add(new IndexRun(
            contest, contender, round, built.Duration.TotalSeconds, wall, built.EstimatedDuration?.TotalSeconds, error, built.Workers, built.MemoryBytes));
        await server.ExecuteAsync("DROP INDEX bench_index", cancellationToken);
    }

    /// <summary>Keeps a run made elsewhere.</summary>
    public void Add(IndexRun run) => _runs.Add(run);

    /// <summary>A contender's runs in order; the first round warms up and counts for nothing.</summary>
    public IndexRun[] Of(string contest, string contender) =>
        [.. _runs.Where(run => run.Contest == contest && run.Contender == contender && run.Round > 0).OrderBy(run => run.Round)];

    /// <summary>One contender's builds against another's, round by round.</summary>
    public static Comparison Against(string name, IReadOnlyList<IndexRun> ours, IReadOnlyList<IndexRun> peer, double? atMost = null) =>
        Comparison.Against(name, "s", [.. ours.Select(run => run.Seconds)], [.. peer.Select(run => run.Seconds)], atMost: atMost);

    /// <summary>All contenders, beginning with another one in each round.</summary>
    public static IEnumerable<T> InTurn<T>(IReadOnlyList<T> all, int round) => Enumerable.Range(0, all.Count).Select(at => all[(at + round) % all.Count]);
}
