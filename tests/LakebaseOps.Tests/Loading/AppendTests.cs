using LakebaseOps.Loading;
using LakebaseOps.Loading.Appending;
using LakebaseOps.Loading.Ledger;
using LakebaseOps.Operations;

namespace LakebaseOps.Tests.Loading;

public sealed class AppendTests(PostgresServer server) : LoadTest(server)
{
    private static readonly TableDefinition Shape = new()
    {
        Name = new TableName("public", "t"),
        Columns = [new ColumnDefinition("id", "bigint"), new ColumnDefinition("name", "text"), new ColumnDefinition("tags", "text[]")],
    };

    [Theory]
    [InlineData(0, 10L, "by_id,by_name,by_tags")]
    [InlineData(1_000_000, 1_000L, "")]
    [InlineData(1_000_000, 300_000L, "")]
    [InlineData(1_000_000, 400_000L, "by_tags")]
    [InlineData(1_000_000, 450_000L, "by_name,by_tags")]
    [InlineData(1_000_000, 800_000L, "by_id,by_name,by_tags")]
    [InlineData(10, null, "")]
    public void Each_index_is_kept_or_rebuilt_by_what_it_costs(long there, long? added, string rebuilt)
    {
        IndexDefinition[] indexes = [Index("by_id", "btree", "id DESC"), Index("by_name", "btree", "name"), Index("by_tags", "gin", "tags")];

        IndexStrategy strategy = IndexStrategy.Decide(indexes, Shape, there, added, AppendIndexes.Auto);

        Assert.Equal(rebuilt, string.Join(",", strategy.Rebuilt.Select(index => index.Name)));
        Assert.StartsWith(rebuilt.Length > 0 ? "Rebuild" : "Keep", strategy.Reason, StringComparison.Ordinal);
        Assert.Empty(IndexStrategy.Decide(indexes, Shape, there, added, AppendIndexes.Keep).Rebuilt);
        Assert.Equal(3, IndexStrategy.Decide(indexes, Shape, there, added, AppendIndexes.Rebuild).Rebuilt.Count);

        static IndexDefinition Index(string name, string method, string key) => new() { Name = name, Method = method, Keys = [key] };
    }

    [EachServer("Indexes come back as the server writes them.")]
    [Fact]
    public async Task Indexes_are_dropped_and_come_back_as_they_were()
    {
        await MakeAsync();
        string before = await IndexesAsync();
        BulkLoadOptions options = Options(500) with { AppendIndexes = AppendIndexes.Rebuild };
        OperationPlan plan = await new BulkLoadOperation(Session, options).DescribeAsync(Cancel);
        Assert.Contains("queries that use them read the whole table", string.Join(';', plan.Steps), StringComparison.Ordinal);
        Assert.Equal(before, await IndexesAsync());

        BulkLoadResult result = await LoadAsync(options);

        Assert.Equal("Rebuild \"b;n\", expression, many: as asked for".Replace("\"", ""), result.IndexStrategy);
        Assert.Equal(["Load", "Index", "Freeze"], result.Phases.Select(phase => phase.Phase));
        Assert.Equal(before, await IndexesAsync());
        Assert.Equal(501, await ScalarAsync<long>("SELECT count(*) FROM t"));
        Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM lakebase_ops.load_index"));

        result = await LoadAsync(options with { Path = [Write("more.csv", "id,name\n9001,x\n")], AppendIndexes = AppendIndexes.Auto });
        Assert.StartsWith("Keep: 1 rows to 501", result.IndexStrategy);
        Assert.Equal(["Load", "Freeze"], result.Phases.Select(phase => phase.Phase));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Whatever_ends_the_load_the_indexes_come_back(bool resumed)
    {
        await MakeAsync();
        await ExecuteAsync("ALTER TABLE t ADD CONSTRAINT small CHECK (id < 300)");
        string before = await IndexesAsync();
        BulkLoadOptions options = Options(500) with { AppendIndexes = AppendIndexes.Rebuild, ChunkBytes = 400, ThrottleLimit = 1 };
        RecordingSink sink = new();
        await Assert.ThrowsAsync<LakebaseException>(() => new BulkLoadOperation(Session, options).RunAsync(sink, Cancel));
        Assert.Contains(sink.Warnings, warning => warning.Contains("expression", StringComparison.Ordinal));
        Assert.NotEqual(before, await IndexesAsync());
        LakebaseCheckpoint checkpoint = Assert.Single((await RecordingSink.RunAsync(new GetCheckpointOperation(Session, new GetCheckpointOptions()), Cancel)).Of<LakebaseCheckpoint>());
        Assert.Equal(["b;n", "expression", "many"], checkpoint.MissingIndexes);
        // Nobody can strike the load out of the books while its indexes are missing.
        await Assert.ThrowsAsync<Npgsql.PostgresException>(() => ExecuteAsync("DELETE FROM lakebase_ops.load_table"));
        if (resumed)
        {
            // Something stands in the way of an index: the load ends before it, and goes on there.
            await ExecuteAsync("ALTER TABLE t DROP CONSTRAINT small; CREATE TABLE many (x int)");
            Assert.Equal(ErrorIds.ObjectExists, (await RefusedAsync(options with { AppendIndexes = AppendIndexes.Keep })).Id);
            await ExecuteAsync("DROP TABLE many");
            BulkLoadResult result = await LoadAsync(options with { AppendIndexes = AppendIndexes.Auto });
            Assert.Equal(("Loaded", 500L), (result.Status, result.Rows));
            Assert.Null(result.Phases.FirstOrDefault(phase => phase.Phase == "Load"));
        }
        else
        {
            await RecordingSink.RunAsync(new RemoveCheckpointOperation(Session, new CheckpointOptions { Table = ["t"] }), Cancel);
        }

        Assert.Equal(before, await IndexesAsync());
    }

    private Task MakeAsync() => ExecuteAsync("""
        CREATE TABLE t (id int PRIMARY KEY, name text, no int GENERATED BY DEFAULT AS IDENTITY UNIQUE);
        CREATE INDEX many ON t (name DESC NULLS LAST) INCLUDE (no) WITH (fillfactor = 80) WHERE id > 0; COMMENT ON INDEX many IS 'it''s many';
        CREATE INDEX expression ON t (lower(name)); ALTER INDEX expression ALTER COLUMN 1 SET STATISTICS 55;
        CREATE INDEX "b;n" ON t USING brin (id); CREATE INDEX clustered ON t (no); ALTER TABLE t CLUSTER ON clustered;
        INSERT INTO t VALUES (-1, 'old')
        """);

    private BulkLoadOptions Options(int rows) => new()
    {
        Table = "t",
        Mode = BulkLoadMode.Append,
        Path = [Write("t.csv", "id,name\n" + string.Concat(Enumerable.Range(0, rows).Select(i => $"{i},name {i}\n")))],
    };

    private Task<string> IndexesAsync() => ScalarAsync<string>("""
        SELECT string_agg(format('%s %s %s %s', pg_get_indexdef(indexrelid), indisvalid, obj_description(indexrelid, 'pg_class'),
            (SELECT max(attstattarget) FROM pg_attribute WHERE attrelid = indexrelid AND coalesce(attstattarget, -1) >= 0)), E'\n' ORDER BY indexrelid::regclass::text)
        FROM pg_index WHERE indrelid = 't'::regclass
        """);
}
