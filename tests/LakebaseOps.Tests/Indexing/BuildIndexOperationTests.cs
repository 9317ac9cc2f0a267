using LakebaseOps.Indexing;
using LakebaseOps.Operations;
using Npgsql;

namespace LakebaseOps.Tests.Indexing;

[EachServer("Indexes and constraints are read from the server's catalogs.")]
public sealed class BuildIndexOperationTests(PostgresServer server) : DatabaseTest(server)
{
    private BuildIndexOperation Operation(BuildIndexOptions options) => new(Session, options);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_connection_that_breaks_while_it_looks_says_so_whatever_else_was_to_be_looked_at(bool describe)
    {
        await ExecuteAsync("CREATE TABLE t (a int, b int); CREATE TABLE u (LIKE t)");
        TableDefinition t = new() { Name = new TableName("public", "t"), Indexes = [new() { Name = "i", Keys = ["a"] }, new() { Name = "j", Keys = ["b"] }] };
        await using NpgsqlConnection other = await Session.OpenAsync(Cancel);
        await using NpgsqlTransaction transaction = await other.BeginTransactionAsync(Cancel);
        await using (NpgsqlCommand hold = new("LOCK TABLE t", other))
            await hold.ExecuteNonQueryAsync(Cancel);
        BuildIndexOperation operation = new(Session, new BuildIndexOptions { Definition = [t, t with { Name = new TableName("public", "u") }] });
        Task looking = describe ? operation.DescribeAsync(Cancel) : operation.RunAsync(new RecordingSink(), Cancel);
        while (!await ScalarAsync<bool>("SELECT count(pg_terminate_backend(pid)) > 0 FROM pg_locks WHERE NOT granted AND relation = 't'::regclass"))
            await Task.Delay(10, Cancel);
        Exception broken = (await Record.ExceptionAsync(() => looking))!;
        Assert.Equal(ErrorIds.ServerUnavailable, ErrorTranslator.Translate(broken).Id);
    }

    [Fact]
    public async Task A_definition_gives_the_primary_key_and_every_index_under_names_of_our_own()
    {
        await ExecuteAsync("CREATE TABLE t (id bigint, a text, b text)");
        TableDefinition definition = new()
        {
            Name = new TableName("public", "t"),
            Indexes =
            [
                new IndexDefinition { Name = "", Keys = ["id"], IsPrimary = true, IsUnique = true },
                new IndexDefinition { Name = "", Keys = ["a DESC", "b"] },
                new IndexDefinition { Name = "given", Keys = ["b"], IsUnique = true },
            ],
        };
        BuildIndexOptions options = new() { Definition = [definition] };
        OperationPlan plan = await Operation(options).DescribeAsync(Cancel);
        Assert.Equal(0L, await ScalarAsync<long>("SELECT count(*) FROM pg_index WHERE indrelid = 't'::regclass"));
        Assert.Contains("public.t: build \"t_pkey\" (USING btree (id))", plan.Steps);
        RecordingSink first = await RecordingSink.RunAsync(Operation(options), Cancel);
        Assert.Equal(["t_pkey", "t_a_b_idx", "given"], first.Of<IndexBuildResult>().Select(result => result.Index));
        RecordingSink second = await RecordingSink.RunAsync(Operation(options), Cancel);
        Assert.All(second.Of<IndexBuildResult>(), result => Assert.Equal("AlreadyValid", result.Status));
        Assert.Empty(second.Milestones);
    }

    [Fact]
    public async Task Without_a_definition_only_invalid_indexes_are_rebuilt()
    {
        await ExecuteAsync("CREATE TABLE t (id bigint PRIMARY KEY, a int, EXCLUDE USING btree (a WITH =)); CREATE INDEX bad ON t (a)");
        uint oid = await ScalarAsync<uint>("SELECT 'bad'::regclass::oid");
        await ExecuteAsync("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'bad'::regclass");
        RecordingSink refused = await RecordingSink.RunAsync(Operation(new() { Table = ["t"] }), Cancel);
        Assert.Equal(ErrorIds.IndexConflict, Assert.Single(refused.Errors).Id);
        Assert.Equal("Failed", refused.Of<IndexBuildResult>().Single(result => result.Index == "bad").Status);
        RecordingSink forced = await RecordingSink.RunAsync(Operation(new() { Table = ["t"], Force = true }), Cancel);
        Assert.Empty(forced.Errors);
        Assert.Equal(3, forced.Of<IndexBuildResult>().Count);
        Assert.Equal("bad", Assert.Single(forced.Of<IndexBuildResult>(), result => result.Status == "Built").Index);
        Assert.NotEqual(oid, await ScalarAsync<uint>("SELECT 'bad'::regclass::oid"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_invalid_primary_key_is_rebuilt_in_place(bool offline)
    {
        await ExecuteAsync(
            """
            CREATE TABLE t (id bigint PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 100);
            UPDATE pg_index SET indisvalid = false WHERE indexrelid = 't_pkey'::regclass
            """);
        RecordingSink sink = await RecordingSink.RunAsync(Operation(new() { Table = ["t"], Offline = offline }), Cancel);
        Assert.Equal("Built", Assert.Single(sink.Of<IndexBuildResult>()).Status);
        Assert.True(await ScalarAsync<bool>("SELECT bool_and(indisvalid) FROM pg_index WHERE indrelid = 't'::regclass"));
    }

    [Fact]
    public async Task Several_tables_are_built_and_one_that_fails_does_not_stop_the_others()
    {
        for (int number = 0; number < 6; number++)
            await ExecuteAsync($"CREATE TABLE t{number} (id bigint); INSERT INTO t{number} VALUES (1), ({number})");
        BuildIndexOptions options = new() { Table = ["t0", "t1", "t2", "t3", "t4", "t5", "missing"], Columns = ["id"], PrimaryKey = true };
        RecordingSink sink = await RecordingSink.RunAsync(Operation(options), Cancel);
        Assert.Equal([ErrorIds.DuplicateKey, ErrorIds.ObjectNotFound], sink.Errors.Select(error => error.Id).Order());
        Assert.Equal("public.t1", Assert.Single(sink.Of<IndexBuildResult>(), result => result.Status == "Failed").Table);
        Assert.Equal(5, sink.Of<IndexBuildResult>().Count(result => result.Status == "Built"));
        Assert.Equal(0L, await ScalarAsync<long>("SELECT count(*) FROM pg_index WHERE NOT indisvalid"));
    }

    [Fact]
    public async Task A_table_without_any_index_is_pointed_out()
    {
        await ExecuteAsync("CREATE TABLE t (id bigint)");
        RecordingSink sink = await RecordingSink.RunAsync(Operation(new() { Table = ["t"] }), Cancel);
        Assert.Contains("no index", Assert.Single(sink.Warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(50L, 4)]
    [InlineData(10L, 2)]
    [InlineData(1L, 1)]
    public void Large_tables_take_more_slots(long gigabytes, int weight) =>
        Assert.Equal(weight, BuildSchedule.Weight(gigabytes << 30, BuildSchedule.DefaultSlots));

    [Fact]
    public void Memory_follows_the_participants_and_the_merge_passes()
    {
        IndexBuildSettings settings = new();
        Assert.Equal((0, 64L << 20), Pair(IndexResources.Choose(1 << 20, 8, settings)));
        Assert.Equal((1, 64L << 20), Pair(IndexResources.Choose(500L << 20, 8, settings)));
        Assert.Equal((4, 160L << 20), Pair(IndexResources.Choose(15L << 30, 8, settings)));
        Assert.Equal((1, 128L << 20), Pair(IndexResources.Choose(60L << 30, 8, settings with { Concurrency = 4 })));
        Assert.Equal((6, 1L << 30), Pair(IndexResources.Choose(100L << 40, 64, settings)));
        Assert.Equal((0, 64L << 20), Pair(IndexResources.Choose(15L << 30, 0, settings)));

        static (int, long) Pair(IndexResources resources) => (resources.Workers, resources.MemoryBytes);
    }
}
