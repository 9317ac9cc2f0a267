using LakebaseOps.Indexing;

namespace LakebaseOps.Tests.Indexing;

[EachServer("Indexes and constraints are compared as the server writes them.")]
public sealed class IndexBuilderTests(PostgresServer server) : DatabaseTest(server)
{
    private static readonly IndexDefinition PrimaryKey = new() { Name = "", Keys = ["id"], IsPrimary = true, IsUnique = true };
    private static readonly TableName Table = new("public", "t");

    private readonly RecordingSink _sink = new();

    private Task<IndexBuildResult> BuildAsync(IndexDefinition wanted, string name, bool concurrently, TableName? table = null) =>
        IndexBuilder.BuildAsync(
            Session, table ?? Table, wanted, name, new IndexBuildSettings { Concurrently = concurrently }, _sink, Cancel);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_primary_key_is_built_attached_and_left_alone_the_second_time(bool concurrently)
    {
        await ExecuteAsync("CREATE TABLE t (id bigint, v text); INSERT INTO t SELECT g, 'x' FROM generate_series(1, 1000) g");
        IndexBuildResult first = await BuildAsync(PrimaryKey, "t_pkey", concurrently);
        uint oid = await ScalarAsync<uint>("SELECT 't_pkey'::regclass::oid");
        IndexBuildResult second = await BuildAsync(PrimaryKey, "t_pkey", concurrently);
        Assert.Equal(("Built", "AlreadyValid"), (first.Status, second.Status));
        Assert.Equal(concurrently, first.Concurrently);
        Assert.True(first.SizeBytes > 8192 && first.MemoryBytes > 0);
        Assert.Equal(oid, await ScalarAsync<uint>("SELECT conindid FROM pg_constraint WHERE contype = 'p' AND conrelid = 't'::regclass"));
        Assert.True(await ScalarAsync<bool>("SELECT attnotnull FROM pg_attribute WHERE attrelid = 't'::regclass AND attname = 'id'"));
        Assert.Equal(0L, await ScalarAsync<long>("SELECT count(*) FROM pg_constraint WHERE contype = 'c' AND conrelid = 't'::regclass"));
        Assert.True(_sink.Progress[^1].IsCompleted);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Duplicates_are_named_and_nothing_stays_behind(bool concurrently)
    {
        await ExecuteAsync("CREATE TABLE t (id bigint); INSERT INTO t VALUES (1), (2), (2), (3), (3), (3)");
        LakebaseException thrown = await Assert.ThrowsAsync<LakebaseException>(() => BuildAsync(PrimaryKey, "t_pkey", concurrently));
        Assert.Equal(ErrorIds.DuplicateKey, thrown.Error.Id);
        Assert.Contains("(3) 3 times; (2) 2 times", thrown.Message, StringComparison.Ordinal);
        Assert.Equal(0L, await ScalarAsync<long>("SELECT count(*) FROM pg_index WHERE indrelid = 't'::regclass"));
        Assert.Equal(0L, await ScalarAsync<long>("SELECT count(*) FROM pg_constraint WHERE conrelid = 't'::regclass"));
        await ExecuteAsync("DELETE FROM t WHERE id <> 1");
        Assert.Equal("Built", (await BuildAsync(PrimaryKey, "t_pkey", concurrently)).Status);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_null_key_is_refused_and_nothing_stays_behind(bool concurrently)
    {
        await ExecuteAsync("CREATE TABLE t (id bigint); INSERT INTO t VALUES (1), (NULL)");
        LakebaseException thrown = await Assert.ThrowsAsync<LakebaseException>(() => BuildAsync(PrimaryKey, "t_pkey", concurrently));
        Assert.Equal(ErrorIds.NullKey, thrown.Error.Id);
        Assert.Equal(0L, await ScalarAsync<long>("SELECT count(*) FROM pg_index WHERE indrelid = 't'::regclass"));
        Assert.Equal(0L, await ScalarAsync<long>("SELECT count(*) FROM pg_constraint WHERE conrelid = 't'::regclass"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Every_sort_of_index_is_compared_as_the_server_writes_it(bool concurrently)
    {
        await ExecuteAsync("CREATE TABLE t (id bigint NOT NULL, \"Odd \"\"Name\" text, v double precision)");
        IndexDefinition[] wanted =
        [
            new() { Name = "", Keys = ["\"Odd \"\"Name\" COLLATE \"C\" DESC NULLS LAST", "id"], Include = ["v"] },
            new() { Name = "", Keys = ["lower(\"Odd \"\"Name\")"], IsUnique = true, Predicate = "v > 0" },
            new() { Name = "", Keys = ["id"], IsUnique = true, Constraint = "any" },
            new() { Name = "", Method = "brin", Keys = ["id"] },
            new() { Name = "", Clause = "USING hash (v) WITH (fillfactor='50')" },
        ];
        for (int number = 0; number < wanted.Length; number++)
        {
            Assert.Equal("Built", (await BuildAsync(wanted[number], $"index {number}", concurrently)).Status);
            Assert.Equal("AlreadyValid", (await BuildAsync(wanted[number], $"index {number}", concurrently)).Status);
        }

        Assert.Equal("index 2", await ScalarAsync<string>("SELECT conname::text FROM pg_constraint WHERE contype = 'u' AND conrelid = 't'::regclass"));
        LakebaseException thrown = await Assert.ThrowsAsync<LakebaseException>(() => BuildAsync(wanted[3], "index 0", concurrently));
        Assert.Equal(ErrorIds.IndexConflict, thrown.Error.Id);
    }

    [Theory]
    [InlineData("a table \"of\" many; words")]
    [InlineData("表表表表表表表表表表表表表表表表表表表表表")]
    [InlineData("client_id_cardholder_name_clean__tesseract_velocities__365d_abc")]
    public async Task Odd_and_long_names_work(string name)
    {
        TableName table = new("odd \"schema\"", name);
        await ExecuteAsync($"CREATE SCHEMA {TableName.Quote(table.Schema)}; CREATE TABLE {table.ToSql()} (id bigint)");
        string index = IndexName.For(table, [], "pkey");
        Assert.Equal("Built", (await BuildAsync(PrimaryKey, index, true, table)).Status);
        Assert.Equal("AlreadyValid", (await BuildAsync(PrimaryKey, index, false, table)).Status);
        Assert.Equal(index, await ScalarAsync<string>("SELECT conname::text FROM pg_constraint WHERE contype = 'p' AND connamespace <> ALL ('{pg_catalog,lakebase_ops}'::regnamespace[])"));
    }

    [Fact]
    public async Task The_settings_of_the_session_are_restored()
    {
        await ExecuteAsync("CREATE TABLE t (id bigint)");
        string before = await ScalarAsync<string>("SELECT string_agg(name || setting, ',' ORDER BY name) FROM pg_settings");
        IndexBuildSettings settings = new() { Concurrently = true, MemoryBytes = 33 << 20, Workers = 1 };
        await IndexBuilder.BuildAsync(Session, Table, PrimaryKey, "t_pkey", settings, _sink, Cancel);
        Assert.Equal(before, await ScalarAsync<string>("SELECT string_agg(name || setting, ',' ORDER BY name) FROM pg_settings"));
    }
}
