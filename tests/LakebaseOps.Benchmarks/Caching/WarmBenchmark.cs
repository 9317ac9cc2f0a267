using System.Globalization;
using LakebaseOps.Benchmarks.Loading;
using LakebaseOps.Caching;
using LakebaseOps.Latency;
using LakebaseOps.Operations;
using LakebaseOps.Serving;
using Npgsql;

namespace LakebaseOps.Benchmarks.Caching;

/// <summary>
/// What requests take that are the first to ask for their keys: from cold caches, after each way of warming, and when everything was read a
/// moment before. The same requests in each state of a round, sent by the loop of a measurement.
/// </summary>
internal sealed class WarmBenchmark : Benchmark
{
    private const string Hot = "hot";
    private const string Cold = "cold";
    private const string List = "warmed by a list of keys";
    private const string Drawn = "warmed by a distribution";
    private const string Blocks = "warmed block by block";
    private const int RunUpKeys = 40;
    private const int RunUp = 400;

    private static readonly string[] States = [Hot, Cold, List, Drawn, Blocks];
    private static readonly string[] Tables = ["card__rates", "card__times", "card__totals"];

    /// <inheritdoc />
    public override string Name => "warm";

    /// <inheritdoc />
    public override async Task<BenchmarkResult> RunAsync(BenchmarkOptions options, CancellationToken cancellationToken)
    {
        (int rounds, int requests, long rows) = options.Quick ? (5, 500, 30_000) : (20, 1_000, 60_000);
        rows = (long)(rows * options.Rows);
        // Room for all tables and their indexes: what is not in the cache has not been asked for.
        Dictionary<string, string> settings = new() { ["shared_buffers"] = $"{Math.Max(64, rows * 2 / 1_000)}MB", ["fsync"] = "off" };
        foreach ((string name, string value) in options.Settings)
            settings[name] = value;
        await using BenchServer server = await BenchServer.StartAsync(settings, cancellationToken);
        foreach (string table in Tables)
        {
            await server.ExecuteAsync(string.Create(CultureInfo.InvariantCulture,
                $"CREATE TABLE {table} (hashkey text PRIMARY KEY, v text); INSERT INTO {table} SELECT encode(sha256(convert_to('card:' || g, 'UTF8')), 'hex'), repeat('x', 310) FROM generate_series(0, {rows - 1}) g"), cancellationToken);
            await server.ExecuteAsync($"VACUUM (FREEZE, ANALYZE) {table}", cancellationToken);
        }

        QuietWatch quiet = new(server.ProcessId);
        await using WarmStage stage = await WarmStage.OpenAsync(server, Tables, cancellationToken);
        Dictionary<string, List<double>> p50 = States.ToDictionary(state => state, _ => new List<double>());
        Dictionary<string, List<double>> p99 = States.ToDictionary(state => state, _ => new List<double>());
        // The first round warms up; each begins with another state.
        for (int round = 0; round <= rounds; round++)
        {
            FeatureRequestOptions asked = new() { Table = Tables, Entity = ["card"], Distribution = [KeyDistribution.Uniform], Requests = requests, Seed = round + 1 };
            foreach (string state in States.Skip(round % States.Length).Concat(States.Take(round % States.Length)))
            {
                await MakeAsync(stage, state, asked, cancellationToken);
                // The same few keys in every state: what is timed begins with a client and a backend in full swing.
                await stage.SendAsync(asked with { Requests = RunUpKeys, Seed = -1 }, RunUp / RunUpKeys, cancellationToken);
                GC.Collect();
                LatencyHistogram times = await stage.SendAsync(asked, 1, cancellationToken);
                if (round == 0)
                    continue;
                p50[state].Add(times.ValueAt(0.5) / 1e6);
                p99[state].Add(times.ValueAt(0.99) / 1e6);
            }
        }

        await quiet.EndAsync();
        return new BenchmarkResult(
            [
                .. States.Skip(1).Select(state => Comparison.Against($"p99 of first requests, {state} / {Hot}", "ms", p99[state], p99[Hot], atMost: state == Cold ? null : 1.2)),
                .. States.Skip(1).Select(state => Comparison.Against($"p50 of first requests, {state} / {Hot}", "ms", p50[state], p50[Hot])),
            ],
            await server.SettingsAsync(cancellationToken));
    }

    private static async Task MakeAsync(WarmStage stage, string state, FeatureRequestOptions asked, CancellationToken cancellationToken)
    {
        if (state == Hot)
        {
            await stage.SendAsync(asked, 1, cancellationToken);
            return;
        }

        await stage.ClearAsync(cancellationToken);
        InitializeCacheOptions blocks = new() { Table = asked.Table };
        string? path = null;
        try
        {
            switch (state)
            {
                case List:
                    path = Path.GetTempFileName();
                    await File.WriteAllLinesAsync(path, stage.Keys(asked), cancellationToken);
                    await stage.WarmAsync(blocks with { Entity = asked.Entity, KeyPath = path }, cancellationToken);
                    break;
                case Drawn:
                    await stage.WarmAsync(
                        blocks with { Entity = asked.Entity, Distribution = asked.Distribution, Requests = asked.Requests, Seed = asked.Seed }, cancellationToken);
                    break;
                case Blocks:
                    await stage.WarmAsync(blocks, cancellationToken);
                    break;
            }
        }
        finally
        {
            if (path is not null)
                File.Delete(path);
        }
    }
}
