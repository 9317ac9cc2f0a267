using LakebaseOps.Connections;
using LakebaseOps.Indexing;
using LakebaseOps.Indexing.Planning;
using Npgsql;

namespace LakebaseOps.Tests.Indexing.Planning;

/// <summary>What a build took is noted, and foretells the next of its kind.</summary>
public sealed class PastBuildTests(PostgresServer server) : DatabaseTest(server)
{
    private const long Megabyte = 1 << 20;

    // A key that takes its time, so that a build of a few rows is long enough to be noted.
    private const string SlowKey =
        """
        CREATE FUNCTION slow(i int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.02); RETURN i; END';
        CREATE TABLE t (i int); INSERT INTO t SELECT generate_series(1, 80); ANALYZE t
        """;

    [Fact]
    public void A_model_after_a_build_gives_that_build_what_it_took_and_keeps_the_ways_apart()
    {
        ShapeModel model = new(100_000, 0.05, 60, 100, [new(0, 8 * Megabyte, 0.1), new(1, 64 * Megabyte, 0.06)]) { Unmeasured = "too few rows" };
        PastBuild past = new(4_000_000, 1, 64 * Megabyte, Concurrently: true, 9);
        ShapeModel after = model.After(past);
        Assert.Equal(9, after.Estimate(4_000_000, after.Ways[1], concurrently: true), 6);
        Assert.Equal(
            model.Estimate(1_000_000, model.Ways[0], false) / model.Estimate(1_000_000, model.Ways[1], false),
            after.Estimate(1_000_000, after.Ways[0], false) / after.Estimate(1_000_000, after.Ways[1], false), 6);
        Assert.Equal((false, true), (model.IsKnown, after.IsKnown));
        Assert.Same(model, model.After(past with { Workers = 2 }));
        Assert.Equal((true, true, false, false), (past.IsNear(1_000_000), past.IsNear(16_000_000), past.IsNear(999_999), past.IsNear(16_000_001)));
    }

    [Fact]
    public async Task The_second_build_of_a_kind_is_foretold_from_the_first()
    {
        await ExecuteAsync(SlowKey);
        IndexBuildResult first = await BuildAsync("first", "t");
        Assert.Null(first.EstimatedDuration);
        Assert.Equal((1, 80.0, 0), (await ScalarAsync<int>("SELECT count(*)::int FROM lakebase_ops.index_pace"),
            await ScalarAsync<double>("SELECT table_rows FROM lakebase_ops.index_pace"), await ScalarAsync<int>("SELECT workers FROM lakebase_ops.index_pace")));
        double took = await ScalarAsync<double>("SELECT seconds FROM lakebase_ops.index_pace");
        Assert.InRange(took, 1.6, first.Duration.TotalSeconds);

        // Another table of the same kind, a little larger.
        await ExecuteAsync("CREATE TABLE u (LIKE t); INSERT INTO u SELECT generate_series(1, 88); ANALYZE u");
        IndexBuildResult second = await BuildAsync("second", "u");
        Assert.InRange(second.EstimatedDuration!.Value.TotalSeconds, 1.09 * took, 1.2 * took);
        Assert.Contains("the last one like it took", second.Reason, StringComparison.Ordinal);
        Assert.Null(second.EstimatedSizeBytes);
        Assert.NotEqual(took, await ScalarAsync<double>("SELECT seconds FROM lakebase_ops.index_pace"));

        // One ten times as large is another matter.
        await ExecuteAsync("CREATE TABLE v (LIKE t); INSERT INTO v SELECT generate_series(1, 800); ANALYZE v");
        Assert.Contains((await Operation(Session, "third", "v").DescribeAsync(Cancel)).Steps, step => step.Contains("not sampled", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_build_that_waited_for_others_foretells_nothing()
    {
        await ExecuteAsync(SlowKey);
        await using NpgsqlConnection other = await Session.OpenAsync(Cancel);
        await using NpgsqlTransaction transaction = await other.BeginTransactionAsync(Cancel);
        await using (NpgsqlCommand write = new("INSERT INTO t VALUES (0)", other))
            await write.ExecuteNonQueryAsync(Cancel);
        RecordingSink sink = new();
        Task building = Operation(Session, "i", "t", offline: false).RunAsync(sink, Cancel);
        while (!sink.Progress.Any(progress => progress.Status.StartsWith("waiting for", StringComparison.Ordinal)))
            await Task.Delay(20, Cancel);
        await transaction.CommitAsync(Cancel);
        await building;
        Assert.Equal("Built", Assert.Single(sink.Of<IndexBuildResult>()).Status);
        Assert.True(await ScalarAsync<bool>("SELECT to_regclass('lakebase_ops.index_pace') IS NULL"));
    }

    [Fact]
    public async Task Who_may_note_nothing_builds_all_the_same()
    {
        string role = $"owner_{Guid.NewGuid():N}"[..20];
        await ExecuteAsync($"{SlowKey}; CREATE ROLE {role}; ALTER TABLE t OWNER TO {role}; GRANT ALL ON SCHEMA public TO {role}");
        PostgresSession own = await SessionFactory.ConnectAsync(
            new ConnectionOptions { ConnectionString = $"{Server.ConnectionString(Session.Database)};Options=-c role={role}" }, Cancel);
        await using (own)
        {
            // No schema may be made at first; then there is one that it may not write to, nor read.
            foreach (string name in new[] { "first", "second" })
            {
                RecordingSink sink = await RecordingSink.RunAsync(Operation(own, name, "t"), Cancel);
                Assert.Empty(sink.Errors);
                Assert.Contains(sink.Traces, trace => trace.Contains("could not be noted", StringComparison.Ordinal));
                if (name == "first")
                    await RecordAnotherAsync();
            }
        }

        Assert.Equal(1, await ScalarAsync<int>("SELECT count(*)::int FROM lakebase_ops.index_pace"));
        await ExecuteAsync($"DROP OWNED BY {role} CASCADE; DROP ROLE {role}");
    }

    private async Task RecordAnotherAsync()
    {
        await ExecuteAsync("DROP INDEX first");
        await using NpgsqlConnection connection = await Session.OpenAsync(Cancel);
        await new PastBuild(1, 0, 0, Concurrently: false, 1).RecordAsync(connection, "another", Cancel);
    }

    private static BuildIndexOperation Operation(PostgresSession session, string name, string table, bool offline = true) => new(session, new BuildIndexOptions
    {
        Definition = [new TableDefinition { Name = new TableName("public", table), Indexes = [new IndexDefinition { Name = name, Keys = ["slow(i)"] }] }],
        Offline = offline,
    });

    private async Task<IndexBuildResult> BuildAsync(string name, string table)
    {
        RecordingSink sink = await RecordingSink.RunAsync(Operation(Session, name, table), Cancel);
        Assert.Empty(sink.Errors);
        return Assert.Single(sink.Of<IndexBuildResult>());
    }
}
