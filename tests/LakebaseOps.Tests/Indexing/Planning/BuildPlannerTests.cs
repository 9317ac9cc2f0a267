using LakebaseOps.Indexing;
using LakebaseOps.Indexing.Planning;
using LakebaseOps.Operations;
using Npgsql;

namespace LakebaseOps.Tests.Indexing.Planning;

/// <summary>Plans from the server at hand: they say why, build nothing by themselves and leave nothing behind.</summary>
public sealed class BuildPlannerTests(PostgresServer server) : DatabaseTest(server)
{
    private const string Everything = "SELECT string_agg(relname || relfilenode, ',' ORDER BY oid) FROM pg_class WHERE oid >= 16384";

    [Fact]
    public async Task A_plan_tells_its_reasons_and_its_estimate_comes_near()
    {
        await ExecuteAsync("CREATE TABLE a (k text, v bigint); INSERT INTO a SELECT md5(g::text), g FROM generate_series(1, 520000) g");
        await ExecuteAsync("CREATE TABLE b (LIKE a); INSERT INTO b SELECT * FROM a; ANALYZE b");
        BuildIndexOptions options = new() { Table = ["a", "b"], Columns = ["k"], PrimaryKey = true };
        string before = await ScalarAsync<string>(Everything);
        OperationPlan plan = await Sampled(options).DescribeAsync(Cancel);
        Assert.Equal(before, await ScalarAsync<string>(Everything));
        Assert.Contains(plan.Steps, step => step.StartsWith("Plan: 2 tables, ", StringComparison.Ordinal));
        Assert.Contains(plan.Steps, step => step.StartsWith("Plan: public.b: \"b_pkey\": 520,000 rows, ", StringComparison.Ordinal) && step.Contains("sorting is", StringComparison.Ordinal));

        RecordingSink sink = await RecordingSink.RunAsync(Sampled(options), Cancel);
        Assert.Empty(sink.Warnings);
        Assert.Equal(2, sink.Of<IndexBuildResult>().Count);
        Assert.All(sink.Of<IndexBuildResult>(), result =>
        {
            Assert.Equal((IndexBuildStrategy.Planned, "Built"), (result.Strategy, result.Status));
            // Other tests run at the same time: only the order of magnitude is certain.
            Assert.InRange(result.EstimatedDuration!.Value / result.Duration, 0.05, 20);
            Assert.InRange((double)result.EstimatedSizeBytes!.Value / result.SizeBytes, 0.9, 1.1);
            Assert.NotEmpty(result.Reason!);
        });
    }

    [Fact]
    public async Task Defaults_are_the_servers_and_the_rule_of_sizes_is_hybrid()
    {
        await ExecuteAsync("CREATE TABLE t (id bigint); INSERT INTO t SELECT generate_series(1, 1000)");
        IndexBuildResult defaults = await BuildAsync(new() { Strategy = IndexBuildStrategy.Defaults, Columns = ["id"] });
        Assert.Equal(
            (await ScalarAsync<long>("SELECT pg_size_bytes(current_setting('maintenance_work_mem'))"),
                await ScalarAsync<int>("SELECT current_setting('max_parallel_maintenance_workers')::int")),
            (defaults.MemoryBytes, defaults.Workers));
        IndexBuildResult hybrid = await BuildAsync(new() { Strategy = IndexBuildStrategy.Hybrid, Columns = ["id"], Name = "other" });
        Assert.Equal((IndexBuildStrategy.Hybrid, 0, 64L << 20), (hybrid.Strategy, hybrid.Workers, hybrid.MemoryBytes));
        Assert.Null(hybrid.EstimatedDuration);
    }

    [Fact]
    public async Task What_is_no_btree_or_holds_for_some_rows_only_is_measured_too()
    {
        await ExecuteAsync("CREATE TABLE t (id int, p int); INSERT INTO t SELECT g, g FROM generate_series(1, 510000) g");
        await ExecuteAsync("CREATE INDEX t_p ON t USING brin (id); CREATE INDEX t_part ON t (id) WHERE id > 5; UPDATE pg_index SET indisvalid = false WHERE indrelid = 't'::regclass");
        RecordingSink sink = await RecordingSink.RunAsync(Sampled(new() { Table = ["t"], Force = true }), Cancel);
        Assert.Equal(["Built", "Built"], sink.Of<IndexBuildResult>().Select(result => result.Status));
        Assert.All(sink.Of<IndexBuildResult>(), result => Assert.NotNull(result.EstimatedDuration));
    }

    [Fact]
    public async Task More_temporary_files_than_allowed_are_refused_before_the_build()
    {
        await ExecuteAsync("CREATE TABLE t (k text); INSERT INTO t SELECT md5(g::text) FROM generate_series(1, 510000) g");
        BuildIndexOptions options = new() { Table = ["t"], Columns = ["k"], MaxTempBytes = 1 << 20, MaxMemoryBytes = 4 << 20 };
        RecordingSink refused = await RecordingSink.RunAsync(new BuildIndexOperation(Session, options), Cancel);
        Assert.Equal(ErrorIds.InsufficientSpace, Assert.Single(refused.Errors).Id);
        Assert.Equal("Failed", Assert.Single(refused.Of<IndexBuildResult>()).Status);
        Assert.Equal(0L, await ScalarAsync<long>("SELECT count(*) FROM pg_index WHERE indrelid = 't'::regclass"));
        IndexBuildResult inMemory = await BuildAsync(options with { MaxMemoryBytes = 64 << 20 });
        Assert.Contains("sorts in memory", inMemory.Reason!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Short_builds_are_not_sampled_and_get_little_memory()
    {
        await ExecuteAsync("CREATE TABLE t (k text COLLATE \"en-x-icu\", n bigint); INSERT INTO t SELECT md5(g::text), g FROM generate_series(1, 20000) g");
        IndexBuildResult built = await BuildAsync(new() { Columns = ["k"] });
        Assert.Contains("not sampled: that would take 0.6 s, and building 0.0 s or more", built.Reason!, StringComparison.Ordinal);
        Assert.Equal((0, 4L << 20), (built.Workers, built.MemoryBytes));
        Assert.Null(built.EstimatedDuration);
        // Every row of the build in question counts, and how its key compares.
        await using NpgsqlConnection connection = await Session.OpenAsync(Cancel);
        PlannedIndex slow = await PlannedAsync(connection, "k");
        PlannedIndex fast = await PlannedAsync(connection, "n");
        Assert.Equal((true, false), (slow.IsSlow, fast.IsSlow));
        PlannedIndex bytes = await PlannedAsync(connection, "k COLLATE \"C\"");
        Assert.False(bytes.IsSlow);
        Assert.Equal((true, false), (bytes.IsVariable, fast.IsVariable));
        Assert.Equal(20, fast.EntryBytes);
        Assert.True(Pays(slow, 8e6) && !Pays(slow, 7e6));
        Assert.True(Pays(fast, 9e6) && !Pays(fast, 7e6));
        Assert.True(Pays(slow, 1e9) && Pays(fast, 1e9));

        // A worker pays for many keys that compare by a library, for more of others, and for no numbers in short rows; a caller's own choice stands.
        Assert.Equal([0], WorkersOf(slow, 2.4e6, new()));
        Assert.Equal([0, 1], WorkersOf(slow, 2.6e6, new()));
        Assert.Equal([0], WorkersOf(bytes, 3.4e6, new()));
        Assert.Equal([0, 1], WorkersOf(bytes, 3.6e6, new()));
        Assert.Equal([0], WorkersOf(fast with { HeapBytes = 180_000_000 }, 3.6e6, new()));
        Assert.Equal([0, 1], WorkersOf(fast with { HeapBytes = 360_000_000 }, 3.6e6, new()));
        Assert.Equal([0], WorkersOf(fast with { HeapBytes = 340_000_000 }, 3.4e6, new()));
        // To read wide rows is work enough for two.
        Assert.Equal([0, 1], WorkersOf(fast with { HeapBytes = 1_400_000_000 }, 2e6, new()));
        Assert.Equal([0], WorkersOf(fast with { HeapBytes = 1_300_000_000 }, 2e6, new()));
        Assert.Equal([0], WorkersOf(fast with { HeapBytes = 1_400_000_000 }, 3e6, new()));
        Assert.Equal([0], WorkersOf(slow, 2.6e6, new() { Workers = 0 }));
        Assert.Equal([0, 2], WorkersOf(slow, 2.6e6, new() { Workers = 2 }));
        Assert.Equal([0], WorkersOf(slow, 2.6e6, new(), memory: 32 << 20));
        // Beside others it is not known to: it saves time on an idle server, and work nowhere.
        Assert.Equal([0], WorkersOf(slow, 2.6e6, new(), builds: 2));
        Assert.Equal([0, 1], WorkersOf(slow, 2.6e6, new() { Workers = 1 }, builds: 2));

        // One process takes what one merge needs, and two merges where it compares by a library.
        Assert.Equal((4L << 20, 9L << 20), (MemoryOf(slow, 5e6), MemoryOf(bytes, 2e6)));
        Assert.Equal((7L << 20, 27L << 20), (MemoryOf(slow, 2e7), MemoryOf(bytes, 2e7)));

        // A sample tells whether a worker has a processor; what it gains is known.
        MeasuredWay[] two = [new(0, 8 << 20, 0.8), new(0, 64 << 20, 1.6), new(1, 64 << 20, 1.2)];
        MeasuredWay[] one = [new(0, 8 << 20, 1.2), new(0, 64 << 20, 2.6), new(1, 64 << 20, 3)];
        Assert.Equal(0.8 * 0.85, WorkerOf(slow, two), 6);
        Assert.Equal(0.8 * 0.9, WorkerOf(fast with { HeapBytes = 2_000_000_000 }, two), 6);
        Assert.Equal(1.2, WorkerOf(fast with { HeapBytes = 200_000_000 }, two));
        Assert.Equal(3, WorkerOf(slow, one));
        // More of them gain as much more as they did over the sample, and what was measured to be better than what is known stays.
        Assert.Equal(0.8 * 0.85 / 2, WorkerOf(slow, [.. two, new(3, 128 << 20, 0.6)]), 6);
        Assert.Equal(0.5, WorkerOf(slow, [two[0], two[1], two[2] with { Seconds = 0.5 }]));

        static double WorkerOf(PlannedIndex index, MeasuredWay[] measured) => PriorCost.WithWorkers(
            new ShapeModel(600_000, 0.2, 60, 100, [.. measured.Where((_, at) => at != 1)]), measured, index with { Rows = 2e7 },
            new PlanLimits(1 << 30, 4, 1, null, ""), new()).Ways[^1].Seconds;

        static long MemoryOf(PlannedIndex index, double rows) => ShapeSampler.MemoryFor(0, index with { Rows = rows }, 60, 1 << 30);

        static int[] WorkersOf(PlannedIndex index, double rows, BuildIndexOptions options, long memory = 1 << 30, int builds = 1) => [.. PriorCost
            .Model(index with { Rows = rows }, new PlanLimits(memory, 2, 1, null, "").Among(builds), options, "").Ways.Select(way => way.Workers)];

        static bool Pays(PlannedIndex index, double rows) =>
            PriorCost.SampleSeconds(index with { Rows = rows }) <= PriorCost.SampleShare * PriorCost.Seconds(index with { Rows = rows });
    }

    private static async Task<PlannedIndex> PlannedAsync(NpgsqlConnection connection, string column)
    {
        WantedIndex wanted = new("x", new IndexDefinition { Name = "x", Keys = [column] }, NameMatters: true);
        TableName table = new("public", "t");
        IndexJudge judge = new(connection, table, wanted.Definition, wanted.Name, new IndexBuildSettings());
        return await PlannedIndex.ReadAsync(connection, table, wanted, await judge.JudgeAsync(Cancel), Cancel);
    }

    // Samples, however short the builds.
    private BuildIndexOperation Sampled(BuildIndexOptions options) => new(Session, options) { SampleShare = double.PositiveInfinity };

    private async Task<IndexBuildResult> BuildAsync(BuildIndexOptions options)
    {
        RecordingSink sink = await RecordingSink.RunAsync(new BuildIndexOperation(Session, options with { Table = ["t"] }), Cancel);
        Assert.Empty(sink.Errors);
        return Assert.Single(sink.Of<IndexBuildResult>());
    }
}
