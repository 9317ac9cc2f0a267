using System.Text.RegularExpressions;
using LakebaseOps.Benchmarks.Loading;
using LakebaseOps.Connections;
using Npgsql;
using static LakebaseOps.Benchmarks.Dumps.DumpContest;

namespace LakebaseOps.Benchmarks.Dumps;

/// <summary>
/// Dump, restore and direct copy in turns with pg_dump, pg_restore followed by vacuumdb, and pgcopydb, of one giant table, of thirty and
/// of one with large values. What arrives is compared with the source after every run, and must be ready for queries: keys, indexes,
/// statistics, visibility map.
/// </summary>
internal sealed class DumpBenchmark : Benchmark
{
    private readonly List<DumpRun> _runs = [];

    /// <inheritdoc />
    public override string Name => "dump";

    /// <inheritdoc />
    public override async Task<BenchmarkResult> RunAsync(BenchmarkOptions options, CancellationToken cancellationToken)
    {
        DateTimeOffset startedAt = DateTimeOffset.UtcNow;
        int rounds = options.Quick ? 2 : 5;
        Dictionary<string, string> settings = new() { ["shared_buffers"] = "1GB", ["wal_level"] = "logical" };
        foreach ((string name, string value) in options.Settings)
            settings[name] = value;
        await using BenchServer server = await BenchServer.StartAsync(settings, cancellationToken);
        QuietWatch quiet = new(server.ProcessId);
        List<Comparison> lines = [];
        string folder = Directory.CreateTempSubdirectory("lakebaseops-bench-dump-").FullName;
        try
        {
            foreach (DumpBenchShape shape in DumpBenchShape.All.Where(shape => Matches(options.Contest, shape.Name)))
            {
                string source = $"source_{shape.Name}";
                await server.ExecuteAsync($"CREATE DATABASE {source}", cancellationToken);
                PostgresSession session = await server.ConnectAsync(source, cancellationToken);
                foreach (string statement in shape.Statements((long)(shape.Rows * options.Rows * (options.Quick ? 0.15 : 1))))
                    await ExecuteAsync(session, statement, cancellationToken);
                DumpContest contest = new(server, shape.Name, session, folder, cancellationToken);
                string[] contenders = [.. new[] { Plain, PgPlain, Packed, PgPacked, Restore, PgRestore, Counted, Copy, PgCopyDb }.Where(name => Matches(options.Contender, name))];
                for (int round = 0; round <= rounds; round++)
                {
                    // Dumps first: the restores read them. Within a group each round begins with another.
                    foreach (string[] group in new[] { contenders.Where(IsDump).ToArray(), [.. contenders.Where(one => !IsDump(one))] })
                    {
                        for (int place = 0; place < group.Length; place++)
                            _runs.Add(await contest.RunAsync(group[(place + round) % group.Length], round));
                    }
                }

                lines.AddRange(Lines(shape.Name));
                await session.DisposeAsync();
                await server.ExecuteAsync($"DROP DATABASE {source} WITH (FORCE)", cancellationToken);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        return new BenchmarkResult(lines, new DumpDetails
        {
            StartedAt = startedAt,
            Processor = MachineTime.Processor(),
            Processors = Environment.ProcessorCount,
            Server = await server.SettingsAsync(cancellationToken),
            Peers = await DumpContest.VersionsAsync(server, cancellationToken),
            OthersShare = await quiet.EndAsync(),
            Runs = _runs,
        });
    }

    private IEnumerable<Comparison> Lines(string contest)
    {
        Comparison?[] lines =
        [
            Against(contest, Plain, PgPlain, contest == "giant" ? 1 / 1.4 : null),
            Against(contest, Packed, PgPacked, contest == "giant" ? 0.2 : null),
            Size(contest, Packed, PgPacked, contest == "giant" ? 1.25 : null),
            Size(contest, Plain, PgPlain, null),
            Against(contest, Restore, PgRestore, contest == "toast" ? null : 1 / 1.4),
            Against(contest, Counted, PgRestore, null),
            Against(contest, Copy, PgCopyDb, contest == "toast" ? null : 1 / 1.2),
            .. new[] { (Plain, PgPlain), (Packed, PgPacked), (Restore, PgRestore), (Copy, PgCopyDb) }.Select(pair => Processor(contest, pair.Item1, pair.Item2)),
            .. new[] { Plain, Packed, Restore, Copy }.Select(name => Peak(contest, name)),
        ];
        return lines.OfType<Comparison>();
    }

    private Comparison? Against(string contest, string ours, string peer, double? atMost) => Both(contest, ours, peer, run => run.Seconds) is var (mine, theirs)
        ? Comparison.Against($"{contest}: {ours} / {peer}", "s", mine, theirs, atMost: atMost) : null;

    private Comparison? Processor(string contest, string ours, string peer) => Both(contest, ours, peer, run => run.ProcessorSeconds ?? double.NaN) is var (mine, theirs)
        ? Comparison.Against($"{contest}: {ours} / {peer}: processor", "s", mine, theirs) : null;

    private Comparison? Size(string contest, string ours, string peer, double? atMost) => Both(contest, ours, peer, run => run.Bytes / 1e6) is var (mine, theirs)
        ? Comparison.Against($"{contest}: {ours} / {peer}: size", "MB", mine, theirs, atMost: atMost) : null;

    private Comparison? Peak(string contest, string ours) => Of(contest, ours, run => (run.PeakBytes ?? 0) / 1048576.0) is { Length: > 0 } peaks
        ? Comparison.Figure($"{contest}: {ours}: peak memory of the whole benchmark", "MB", peaks, atMost: 256) : null;

    private (double[] Ours, double[] Peer)? Both(string contest, string ours, string peer, Func<DumpRun, double> figure)
    {
        (double[] mine, double[] theirs) = (Of(contest, ours, figure), Of(contest, peer, figure));
        return mine.Length > 0 && theirs.Length > 0 ? (mine, theirs) : null;
    }

    // The first round warms up and counts for nothing.
    private double[] Of(string contest, string contender, Func<DumpRun, double> figure) =>
        [.. _runs.Where(run => run.Contest == contest && run.Contender == contender && run.Round > 0).OrderBy(run => run.Round).Select(figure)];

    private static bool Matches(string? pattern, string name) => pattern is null || Regex.IsMatch(name, pattern, RegexOptions.IgnoreCase);

    private static async Task ExecuteAsync(PostgresSession session, string sql, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = session.DataSource.CreateCommand(sql);
        command.CommandTimeout = 0;
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
