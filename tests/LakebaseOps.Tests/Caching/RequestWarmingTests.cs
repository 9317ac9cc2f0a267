using System.Text.Json;
using LakebaseOps.Caching;
using LakebaseOps.Latency;
using LakebaseOps.Operations;
using LakebaseOps.Synthesis;
using LakebaseOps.Tests.Latency;

namespace LakebaseOps.Tests.Caching;

/// <summary>
/// What is warmed by requests is all in shared buffers when they come for the first time, and what they do not ask for is not. On a server
/// of its own: its cache is emptied.
/// </summary>
public sealed class RequestWarmingTests : OwnServerTest
{
    private static readonly SyntheticKey Card = new("card");
    private static readonly string[] Tables = ["card__rates", "card__times"];

    [Fact]
    public async Task The_first_request_of_a_key_in_the_list_reads_nothing_from_outside_and_that_of_another_does()
    {
        await MakeAsync();
        string[] listed = [.. Enumerable.Range(0, 20).Select(at => Card.Text(at * 200))];
        string[] others = [.. Enumerable.Range(0, 20).Select(at => Card.Text((at * 200) + 100))];
        await ClearAsync();
        // One connection: a block that two wait for at the same time is counted twice.
        InitializeCacheOptions options = new()
        {
            Table = Tables, Entity = ["card"], KeyPath = await WriteAsync([.. listed, Card.Text(1L << 40)]), PoolSize = 1,
        };
        RecordingSink sink = await RecordingSink.RunAsync(new InitializeCacheOperation(Session, options), Cancel);

        foreach (string table in Tables)
        {
            foreach (string key in listed)
                Assert.Equal(0, await BlocksReadAsync(table, key));
            // A row in another block of the heap.
            foreach (string key in others)
                Assert.NotEqual(0, await BlocksReadAsync(table, key));
        }

        IReadOnlyList<CacheState> states = sink.Of<CacheState>();
        Assert.Equal(4, states.Count);
        Assert.All(states, state =>
        {
            Assert.Equal("21 requests, File", state.WarmedBy);
            Assert.Equal("pg_buffercache; blocks counted while 21 requests were sent again", state.Evidence);
            Assert.Equal((0, 0), (state.CachedBytesBefore, state.BlocksReadAgain));
            Assert.Equal(state.CachedBytes, state.BlocksRead * 8192);
        });
        // Twenty rows, each in a block of its own: nothing else was brought in.
        Assert.All(states.Where(state => state.Kind == "Heap"), heap => Assert.Equal(20, heap.BlocksRead));
        Assert.Contains("2 of 42 lookups found no row", Assert.Single(sink.Warnings), StringComparison.Ordinal);
        Assert.Contains("the server's buffers stay warm", Assert.Single(sink.Milestones), StringComparison.Ordinal);
        Assert.True(sink.Progress[^1].IsCompleted);
        Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'LakebaseOps features'"));
    }

    [Fact]
    public async Task A_measurement_with_the_same_options_finds_all_it_asks_for_and_one_with_another_seed_does_not()
    {
        await MakeAsync();
        await ClearAsync();
        MeasureFeatureLatencyOptions asked = new()
        {
            Table = Tables, Entity = ["card"], Mode = [FeatureMode.Batch, FeatureMode.Union], Distribution = [KeyDistribution.HotCold, KeyDistribution.Uniform],
            Requests = 40, Seed = 7, WarmUpLimit = 0,
        };
        RecordingSink sink = await RecordingSink.RunAsync(new InitializeCacheOperation(Session, new InitializeCacheOptions
        {
            Table = asked.Table, Entity = asked.Entity, Mode = asked.Mode, Distribution = asked.Distribution, Requests = asked.Requests, Seed = asked.Seed,
            NoExtension = true,
        }), Cancel);
        Assert.All(sink.Of<CacheState>(), state =>
        {
            Assert.Equal("160 requests, HotCold(0.8/0.01) and Uniform", state.WarmedBy);
            Assert.Equal("not proved: pg_buffercache is not installed in this database; blocks counted while 160 requests were sent again", state.Evidence);
            Assert.Equal((null, 0), (state.CachedBytes, state.BlocksReadAgain));
            Assert.NotEqual(0, state.BlocksRead);
        });

        IReadOnlyList<LatencyResult> same = await MeasureAsync(asked);
        Assert.Equal(4, same.Count);
        Assert.All(same, cell => Assert.Equal((0, 0, 40), (cell.Server!.HeapRead, cell.Server.IndexRead, cell.Requests)));
        Assert.All(await MeasureAsync(asked with { Seed = 8 }), cell => Assert.NotEqual(0, cell.Server!.HeapRead));
    }

    [Fact]
    public async Task A_server_that_counts_no_blocks_proves_nothing()
    {
        await MakeAsync();
        await ExecuteAsync("ALTER DATABASE postgres SET track_counts = off");
        InitializeCacheOptions options = new()
        {
            Table = Tables, Entity = ["card"], Distribution = [KeyDistribution.Uniform], Requests = 10, PoolSize = 1, NoExtension = true,
        };
        RecordingSink sink = await RecordingSink.RunAsync(new InitializeCacheOperation(Session, options), Cancel);
        Assert.All(sink.Of<CacheState>(), state =>
        {
            Assert.Equal((null, null), (state.BlocksRead, state.BlocksReadAgain));
            Assert.EndsWith("not proved by requests sent again: the server counts no blocks (track_counts)", state.Evidence, StringComparison.Ordinal);
        });

        // What only the other way of warming takes is refused, as is what nobody would look at.
        foreach ((string parameter, InitializeCacheOptions wrong) in new (string, InitializeCacheOptions)[]
        {
            ("BudgetBytes", options with { BudgetBytes = 8192 }), ("Method", options with { Method = CacheMethod.Read }),
            ("Requests", options with { Distribution = [] }), ("PoolSize", options with { Distribution = [], Requests = null }),
            ("KeyPath", options with { KeyPath = "keys.txt" }), ("Skew", options with { Skew = -1 }),
        })
        {
            LakebaseException refused = await Assert.ThrowsAsync<LakebaseException>(
                () => new InitializeCacheOperation(Session, wrong).DescribeAsync(Cancel));
            Assert.Equal((ErrorIds.InvalidArgument, parameter), (refused.Error.Id, refused.Error.Target));
        }

        OperationPlan plan = await new InitializeCacheOperation(Session, options with { NoExtension = false }).DescribeAsync(Cancel);
        Assert.Equal(
            ["install the extension pg_buffercache where that is permitted", "open 1 connection(s) and prepare every statement on each",
                "send 10 requests, Uniform, in mode Batch to 2 tables", "send the first 10,000 of them at most again and count the blocks that come from outside shared buffers"],
            plan.Steps);

        // Block by block, a workload names the tables.
        LakebaseWorkload workload = new() { Name = "cards", Entities = [new WorkloadEntity { Name = "card", Tables = Tables }] };
        RecordingSink blocks = await RecordingSink.RunAsync(new InitializeCacheOperation(
            Session, new InitializeCacheOptions { Workload = new WorkloadReference(workload), NoExtension = true }), Cancel);
        Assert.Equal(["public.card__rates", "public.card__times"], blocks.Of<CacheState>().Select(state => state.Table).Distinct().Order());
    }

    // Twenty rows or fewer in a block, and keys of the generator, so that nothing but requests reads the tables.
    private async Task MakeAsync()
    {
        foreach (string table in Tables)
        {
            await ExecuteAsync(
                $"""
                CREATE TABLE {table} (hashkey text PRIMARY KEY, v text);
                INSERT INTO {table} SELECT encode(sha256(convert_to('card:' || g, 'UTF8')), 'hex'), repeat('x', 400) FROM generate_series(0, 3999) g;
                VACUUM (FREEZE, ANALYZE) {table}
                """);
        }
    }

    private async Task ClearAsync()
    {
        RecordingSink sink = await RecordingSink.RunAsync(new ClearCacheOperation(Session, new ClearCacheOptions { Table = Tables }), Cancel);
        Assert.All(sink.Of<CacheState>(), state => Assert.Equal(0, state.CachedBytes));
    }

    private async Task<IReadOnlyList<LatencyResult>> MeasureAsync(MeasureFeatureLatencyOptions options) =>
        (await RecordingSink.RunAsync(new MeasureFeatureLatencyOperation(Session, options), Cancel)).Of<LatencyResult>();

    private async Task<long> BlocksReadAsync(string table, string key)
    {
        string plan = await ScalarAsync<string>($"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT * FROM {table} WHERE hashkey = '{key}'");
        using JsonDocument document = JsonDocument.Parse(plan);
        return document.RootElement[0].GetProperty("Plan").GetProperty("Shared Read Blocks").GetInt64();
    }

    private async Task<string> WriteAsync(IEnumerable<string> lines)
    {
        Directory.CreateDirectory(Folder);
        string path = Path.Combine(Folder, "keys.txt");
        await File.WriteAllLinesAsync(path, lines, Cancel);
        return path;
    }
}
