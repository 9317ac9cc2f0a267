using LakebaseOps.Indexing;
using LakebaseOps.Indexing.Comparing;
using LakebaseOps.Operations;
using Npgsql;

namespace LakebaseOps.Tests.Indexing;

/// <summary>A comparison builds by every strategy and leaves the tables as they were, however it ends.</summary>
public sealed class CompareIndexStrategyTests(PostgresServer server) : DatabaseTest(server)
{
    private const string State =
        """
        SELECT coalesce(string_agg(format('%s %s %s %s', indexrelid, indexrelid::regclass, indisvalid, (SELECT relfilenode FROM pg_class c WHERE c.oid = indexrelid)), ',' ORDER BY indexrelid), '')
            || coalesce((SELECT string_agg(conname || attnotnull, ',' ORDER BY conname, attnum) FROM pg_constraint RIGHT JOIN pg_attribute ON attrelid = conrelid WHERE conrelid = 't'::regclass), '')
        FROM pg_index WHERE indrelid = 't'::regclass
        """;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        // The last index is invalid and on nobody's record: not even that may change.
        await ExecuteAsync(
            "CREATE TABLE t (k text PRIMARY KEY, v bigint); INSERT INTO t SELECT md5(g::text), g FROM generate_series(1, 60000) g; "
            + "CREATE INDEX bad ON t (v); UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'bad'::regclass");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Every_strategy_builds_and_the_table_is_what_it_was(bool offline)
    {
        string before = await ScalarAsync<string>(State);
        RecordingSink sink = await RecordingSink.RunAsync(new CompareIndexStrategyOperation(
            Session, new() { Table = ["t"], Strategy = Enum.GetValues<IndexBuildStrategy>(), Rounds = 2, Offline = offline }), Cancel);
        Assert.Empty(sink.Warnings);
        IReadOnlyList<IndexStrategyComparison> results = sink.Of<IndexStrategyComparison>();
        Assert.Equal(Enum.GetValues<IndexBuildStrategy>(), results.Select(result => result.Strategy));
        Assert.All(results, result =>
        {
            Assert.Equal((2, IndexBuildStrategy.Planned, "public.t"), (result.Indexes, result.Baseline, Assert.Single(result.Table)));
            Assert.All(result.Runs, run => Assert.All(run.Indexes, built => Assert.Equal(
                ("Built", result.Strategy, !offline), (built.Status, built.Strategy, built.Concurrently))));
            Assert.Equal([1, 2], result.Runs.Select(run => run.Round));
            Assert.InRange(result.Duration, result.BuildDuration, TimeSpan.MaxValue);
            Assert.True(result.SizeBytes > 1_000_000);
        });
        Assert.Equal(before, await ScalarAsync<string>(State));
        Assert.Equal(0L, await ScalarAsync<long>("SELECT count(*) FROM lakebase_ops.index_build"));
        // Each begins one of the rounds, but for the third.
        Assert.True(results[0].Runs[0].StartedAt < results[1].Runs[0].StartedAt);
        Assert.True(results[1].Runs[1].StartedAt < results[0].Runs[1].StartedAt);
    }

    [Fact]
    public async Task Temporary_files_are_counted()
    {
        // The rule of sizes takes 64 MB, in which this sorts; the plan as much as one merge takes.
        await ExecuteAsync("CREATE TABLE w AS SELECT md5(g::text) AS k FROM generate_series(1, 150000) g");
        RecordingSink sink = await RecordingSink.RunAsync(new CompareIndexStrategyOperation(Session, new()
        {
            Table = ["w"], Columns = ["k"], Strategy = [IndexBuildStrategy.Planned, IndexBuildStrategy.Hybrid], Rounds = 2, Offline = true,
        }), Cancel);
        Assert.InRange(sink.Of<IndexStrategyComparison>()[0].TempBytes, 4_000_000, 20_000_000);
        Assert.Equal(0, sink.Of<IndexStrategyComparison>()[1].TempBytes);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Stopped_in_the_middle_it_leaves_the_table_as_it_was(bool offline)
    {
        string before = await ScalarAsync<string>(State);
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        int seen = 0;
        RecordingSink sink = new()
        {
            OnProgress = progress =>
            {
                if (progress.Activity.StartsWith("Building index lakebase_compare", StringComparison.Ordinal) && Interlocked.Increment(ref seen) == 3)
                    stop.Cancel();
            },
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new CompareIndexStrategyOperation(
            Session, new() { Table = ["t"], Rounds = 50, Offline = offline }).RunAsync(sink, stop.Token));
        Assert.Empty(sink.Warnings);
        Assert.Empty(sink.Results);
        Assert.Equal(before, await ScalarAsync<string>(State));
        Assert.Equal(0L, await ScalarAsync<long>("SELECT count(*) FROM lakebase_ops.index_build"));
    }

    [Fact]
    public async Task What_a_killed_run_left_is_dropped_by_the_next_and_what_only_looks_like_it_is_not()
    {
        uint oid = await ScalarAsync<uint>("SELECT 't'::regclass::oid");
        await using (NpgsqlConnection connection = await Session.OpenAsync(Cancel))
        {
            Assert.True(await IndexLedger.EnsureAsync(connection, Cancel));
            await IndexLedger.BeginAsync(connection, oid, new TableName("public", "t"), $"lakebase_compare_{oid}_1", "USING btree (v)", Cancel);
        }

        await ExecuteAsync($"CREATE INDEX lakebase_compare_{oid}_77 ON t (v)");
        string before = await ScalarAsync<string>(State);
        await ExecuteAsync($"CREATE INDEX lakebase_compare_{oid}_1 ON t (v)");
        RecordingSink sink = await RecordingSink.RunAsync(new CompareIndexStrategyOperation(
            Session, new() { Table = ["t"], Columns = ["v"], Rounds = 2 }), Cancel);
        Assert.Contains(sink.Milestones, line => line.Contains($"dropped lakebase_compare_{oid}_1,", StringComparison.Ordinal));
        Assert.Equal(2, sink.Of<IndexStrategyComparison>().Count);
        Assert.Equal(before, await ScalarAsync<string>(State));
    }

    [Fact]
    public async Task What_cannot_be_compared_is_refused_and_two_runs_do_not_meet()
    {
        Assert.Equal(ErrorIds.InvalidArgument, await RefusedAsync(new() { Table = ["t"], Strategy = [IndexBuildStrategy.Planned] }));
        Assert.Equal(ErrorIds.InvalidArgument, await RefusedAsync(new() { Table = ["t"], Rounds = 1 }));
        await ExecuteAsync("CREATE TABLE bare (id int); INSERT INTO bare VALUES (1), (1)");
        Assert.Equal(ErrorIds.InvalidArgument, await RefusedAsync(new() { Table = ["bare"] }));
        Assert.Equal(ErrorIds.DuplicateKey, await RefusedAsync(new() { Table = ["bare"], Columns = ["id"], Unique = true }));
        Assert.Equal(0L, await ScalarAsync<long>("SELECT count(*) FROM pg_index WHERE indrelid = 'bare'::regclass"));
        await using NpgsqlConnection other = await Session.OpenAsync(Cancel);
        BuildLock guard = new(new TableName("public", "t"), "lakebase_compare");
        Assert.True(await guard.TryTakeAsync(other, Cancel));
        Assert.Equal(ErrorIds.ResourceBusy, await RefusedAsync(new() { Table = ["t"] }));
        await guard.ReleaseAsync(other);
    }

    [Fact]
    public void The_ratio_is_that_of_the_medians_and_chance_widens_it()
    {
        IndexStrategyRun[] slow = Runs(2.0, 2.1, 1.9);
        IndexStrategyRun[] fast = Runs(1.0, 1.05, 0.95);
        IndexStrategyComparison faster = StrategyVerdict.Of(IndexBuildStrategy.Planned, fast, IndexBuildStrategy.Defaults, slow);
        Assert.Equal("Faster", faster.Verdict);
        Assert.Equal(0.5, faster.Ratio, 3);
        // Half a second of planning in each round of both.
        Assert.Equal(0.5 / 1.5, faster.BuildRatio, 3);
        Assert.True(faster.RatioLow < 0.5 && faster.RatioHigh is > 0.5 and < 1);
        Assert.Equal("Slower", StrategyVerdict.Of(IndexBuildStrategy.Defaults, slow, IndexBuildStrategy.Planned, fast).Verdict);
        Assert.Equal("Unclear", StrategyVerdict.Of(IndexBuildStrategy.Planned, Runs(1, 3, 0.8), IndexBuildStrategy.Defaults, Runs(1.2, 0.9, 2)).Verdict);
        Assert.Equal(TimeSpan.FromSeconds(1), faster.Duration);
        Assert.Null(faster.EstimatedDuration);

        static IndexStrategyRun[] Runs(params double[] seconds) => [.. seconds.Select((second, at) => new IndexStrategyRun
        {
            Round = at + 1, PlanningDuration = TimeSpan.FromSeconds(0.5), BuildDuration = TimeSpan.FromSeconds(second - 0.5),
        })];
    }

    private async Task<string> RefusedAsync(CompareIndexStrategyOptions options) => (await Assert.ThrowsAsync<LakebaseException>(
        () => new CompareIndexStrategyOperation(Session, options).RunAsync(new RecordingSink(), Cancel))).Error.Id;
}
