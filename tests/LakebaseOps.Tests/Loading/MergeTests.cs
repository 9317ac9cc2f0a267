using System.Globalization;
using System.Text;

namespace LakebaseOps.Tests.Loading;

public sealed class MergeTests(PostgresServer server) : LoadTest(server)
{
    [Fact]
    public async Task Upsert_adds_and_updates_and_leaves_other_columns_alone()
    {
        await ExecuteAsync("""
            CREATE TABLE t (id int PRIMARY KEY, v text, kept text DEFAULT 'new', twice int GENERATED ALWAYS AS (id * 2) STORED);
            INSERT INTO t VALUES (1, 'one', 'a'), (2, 'two', 'b'), (3, 'three', 'c')
            """);
        BulkLoadOptions options = new() { Table = "t", Path = [Write("t.csv", "v,id\nzuerst,2\nvier,4\nerst,2\n,1\nzwei,2\n")], Mode = BulkLoadMode.Upsert };

        BulkLoadResult result = await LoadAsync(options);

        Assert.Equal((5L, 1L, 2L, 2L), (result.Rows, result.InsertedRows, result.UpdatedRows, result.IgnoredRows));
        Assert.Equal(["(1,,a,2)", "(2,zwei,b,4)", "(3,three,c,6)", "(4,vier,new,8)"], await RowsAsync("t"));
        Assert.Equal("AlreadyLoaded", (await LoadAsync(options)).Status);
        Assert.Equal((0L, 3L), ((await LoadAsync(options with { Restart = true })) is var again ? (again.InsertedRows, again.UpdatedRows) : default));
        BulkLoadResult appended = await LoadAsync(new BulkLoadOptions { Table = "t", Path = [Write("u.csv", "id,v\n9,x\n")], Mode = BulkLoadMode.Append });
        Assert.Equal((null, null, null), (appended.InsertedRows, appended.UpdatedRows, appended.IgnoredRows));
        await NoTemporaryTablesAsync();
    }

    [Fact]
    public async Task With_a_version_only_newer_rows_win_in_whatever_order_they_come()
    {
        await ExecuteAsync("""
            CREATE TABLE t (a text, b int, version int, v text, UNIQUE (b, a));
            INSERT INTO t VALUES ('x', 1, 5, 'old'), ('x', 2, NULL, 'none'), ('x', 3, 9, 'newest')
            """);
        BulkLoadResult result = await LoadAsync(new BulkLoadOptions
        {
            Table = "t",
            Path = [Write("t.csv", "a,b,v,Version\nx,1,tie,6\nx,1,later tie,6\nx,1,older,4\nx,2,some,1\nx,3,old,8\nx,3,same,9\ny,1,null,\ny,1,set,0\n")],
            Mode = BulkLoadMode.Append,
            OnConflict = BulkLoadConflict.Update,
            KeyColumn = ["A", "b"],
            VersionColumn = "version",
        });

        Assert.Equal((8L, 1L, 2L, 5L), (result.Rows, result.InsertedRows, result.UpdatedRows, result.IgnoredRows));
        Assert.Equal(["(x,1,6,\"later tie\")", "(x,2,1,some)", "(x,3,9,newest)", "(y,1,0,set)"], await RowsAsync("t"));
    }

    [Fact]
    public async Task Ignore_leaves_out_what_is_there_and_what_comes_again()
    {
        await ExecuteAsync("CREATE TABLE t (id int PRIMARY KEY, v text UNIQUE); INSERT INTO t VALUES (1, 'one')");
        string file = Write("t.csv", "id,v\n1,x\n2,one\n3,drei\n3,three\n4,vier\n");
        BulkLoadOptions options = new() { Table = "t", Path = [file], Mode = BulkLoadMode.Append };

        Assert.Equal(ErrorIds.DataRejected, (await RefusedAsync(options)).Id);
        Assert.Equal(["(1,one)"], await RowsAsync("t"));
        BulkLoadResult result = await LoadAsync(options with { OnConflict = BulkLoadConflict.Ignore, Restart = true });

        Assert.Equal((5L, 2L, 0L, 3L), (result.Rows, result.InsertedRows, result.UpdatedRows, result.IgnoredRows));
        Assert.Equal(["(1,one)", "(3,drei)", "(4,vier)"], await RowsAsync("t"));
        // By the primary key alone, the other key is none that may be ignored.
        Assert.Equal("23505", (await RefusedAsync(options with { OnConflict = BulkLoadConflict.Ignore, KeyColumn = ["id"], Restart = true })).SqlState);
    }

    [Theory]
    [InlineData("CREATE TABLE t (id int, v int)", "id,v\n1,2\n", "no primary key")]
    [InlineData("CREATE TABLE t (id int PRIMARY KEY, v int)", "v\n2\n", "no column id")]
    [InlineData("CREATE TABLE t (id int PRIMARY KEY DEFERRABLE, v int)", "id,v\n1,2\n", "unique index")]
    [InlineData("CREATE TABLE t (id int PRIMARY KEY, v int GENERATED ALWAYS AS IDENTITY)", "id,v\n1,2\n", "GENERATED ALWAYS")]
    public async Task What_cannot_be_merged_is_refused_before_anything_is_done(string ddl, string rows, string named)
    {
        await ExecuteAsync(ddl);
        LakebaseError error = await RefusedAsync(new BulkLoadOptions { Table = "t", Path = [Write("t.csv", rows)], Mode = BulkLoadMode.Upsert });
        Assert.Equal(ErrorIds.InvalidArgument, error.Id);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Options_that_contradict_each_other_are_refused()
    {
        await ExecuteAsync("CREATE TABLE t (id int PRIMARY KEY, v int, w int); CREATE UNIQUE INDEX ON t (v) WHERE v > 0");
        BulkLoadOptions options = new() { Table = "t", Path = [Write("t.csv", "id,v\n1,2\n")], Mode = BulkLoadMode.Append };
        BulkLoadOptions[] wrong =
        [
            options with { KeyColumn = ["id"] }, options with { VersionColumn = "v" },
            options with { Mode = BulkLoadMode.Replace, OnConflict = BulkLoadConflict.Ignore },
            options with { Mode = BulkLoadMode.Upsert, OnConflict = BulkLoadConflict.Error },
            options with { OnConflict = BulkLoadConflict.Ignore, VersionColumn = "v" },
            options with { OnConflict = BulkLoadConflict.Update, KeyColumn = ["v"] },
            options with { OnConflict = BulkLoadConflict.Update, VersionColumn = "w" },
        ];
        foreach (BulkLoadOptions one in wrong)
            Assert.Equal(ErrorIds.InvalidArgument, (await RefusedAsync(one)).Id);
    }

    [Fact]
    public async Task A_key_that_is_null_is_no_key()
    {
        await ExecuteAsync("CREATE TABLE t (a int, b int, place int, UNIQUE (a, b))");
        BulkLoadOptions options = new()
        {
            Table = "t", Path = [Write("t.csv", "a,b,place\n1,,1\n2,2,2\n")], Mode = BulkLoadMode.Upsert, KeyColumn = ["a", "b"],
        };
        LakebaseError error = await RefusedAsync(options);
        Assert.Equal((ErrorIds.DataRejected, "23502"), (error.Id, error.SqlState));
        Assert.Contains("t.csv line 2", error.Message, StringComparison.Ordinal);
        Assert.Empty(await RowsAsync("t"));
    }

    [Fact]
    public async Task Identity_keys_are_given_and_odd_names_are_no_matter()
    {
        await ExecuteAsync("""CREATE TABLE "odd ""t" ("the key" int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "place" text, "x;y" int); INSERT INTO "odd ""t" (place) VALUES ('a')""");
        BulkLoadResult result = await LoadAsync(new BulkLoadOptions
        {
            Table = "\"odd \"\"t\"", Path = [Write("t.csv", "the key,place,x;y\n1,b,3\n7,c,4\n")], Mode = BulkLoadMode.Upsert,
        });
        Assert.Equal((1L, 1L), (result.InsertedRows, result.UpdatedRows));
        Assert.Equal(["(1,b,3)", "(7,c,4)"], await RowsAsync("\"odd \"\"t\""));
    }

    [Fact]
    public async Task Streams_that_merge_the_same_keys_lose_no_row_though_connections_die()
    {
        const int Count = 60_000;
        const int Keys = 7_000;
        await ExecuteAsync($"CREATE TABLE t (id int PRIMARY KEY, version int, v text); INSERT INTO t SELECT g, 0, 'old' FROM generate_series(0, {Keys / 2 - 1}) g");
        StringBuilder text = new("id,version,v\n");
        for (int i = 0; i < Count; i++)
            text.Append(CultureInfo.InvariantCulture, $"{i * 7919L % Keys},{i + 1},row {i}\n");
        BulkLoadOptions options = new()
        {
            Table = "t", Path = [Write("t.csv", text.ToString())], Mode = BulkLoadMode.Upsert, VersionColumn = "version",
            ChunkBytes = 20_000, ThrottleLimit = 4,
        };

        Task<BulkLoadResult> load = LoadAsync(options);
        // Not before it works: the one connection that it is planned on is asked once.
        while (!await ScalarAsync<bool>("SELECT to_regclass('lakebase_ops.load_chunk') IS NOT NULL"))
            Assert.False(load.IsCompleted);
        while (await ScalarAsync<long>("SELECT count(*) FROM lakebase_ops.load_chunk") == 0)
            Assert.False(load.IsCompleted);
        int killed = 0;
        while (!load.IsCompleted && killed < 8)
        {
            killed += (int)await ScalarAsync<long>(
                "SELECT count(pg_terminate_backend(pid)) FROM (SELECT pid FROM pg_stat_activity "
                + "WHERE application_name = 'LakebaseOps load' AND datname = current_database() AND state = 'active' LIMIT 1) victims");
        }

        BulkLoadResult result = await load;

        Assert.True(killed > 1);
        Assert.Equal((Count, Keys - Keys / 2), (result.Rows, result.InsertedRows));
        Assert.Equal(result.Rows, result.InsertedRows + result.UpdatedRows + result.IgnoredRows);
        // Of every key the last row of the input, whichever stream had it.
        Assert.Equal(Keys, await ScalarAsync<long>($"SELECT count(*) FROM t WHERE v = 'row ' || (version - 1) AND version > {Count - Keys}"));
        await NoTemporaryTablesAsync();
    }

    [Fact]
    public async Task Partitioned_tables_are_merged_into_as_well()
    {
        await ExecuteAsync("""
            CREATE TABLE t (id int, v text, PRIMARY KEY (id)) PARTITION BY RANGE (id);
            CREATE TABLE low PARTITION OF t FOR VALUES FROM (0) TO (10);
            CREATE TABLE high (v text, gone int, id int NOT NULL); ALTER TABLE high DROP COLUMN gone; ALTER TABLE t ATTACH PARTITION high FOR VALUES FROM (10) TO (20);
            INSERT INTO t VALUES (1, 'a'), (11, 'b')
            """);
        BulkLoadResult result = await LoadAsync(new BulkLoadOptions { Table = "t", Path = [Write("t.csv", "id,v\n1,x\n2,y\n11,z\n12,w\n")], Mode = BulkLoadMode.Upsert });
        Assert.Equal((2L, 2L), (result.InsertedRows, result.UpdatedRows));
        Assert.Equal(["(1,x)", "(11,z)", "(12,w)", "(2,y)"], await RowsAsync("t"));
    }

    [Fact]
    public async Task An_interrupted_merge_goes_on_where_it_was_and_only_as_what_it_was()
    {
        await ExecuteAsync("CREATE TABLE t (id int PRIMARY KEY, v int CHECK (v < 100))");
        string rows = "id,v\n" + string.Concat(Enumerable.Range(0, 200).Select(i => $"{i % 50},{(i == 150 ? 100 : i % 90)}\n"));
        BulkLoadOptions options = new() { Table = "t", Path = [Write("t.csv", rows)], Mode = BulkLoadMode.Upsert, ChunkBytes = 100, ThrottleLimit = 1 };
        Assert.Equal("23514", (await RefusedAsync(options)).SqlState);
        long done = await ScalarAsync<long>("SELECT sum(rows)::bigint FROM lakebase_ops.load_chunk");
        Assert.InRange(done, 1, 199);
        Assert.Equal(ErrorIds.LoadChanged, (await RefusedAsync(options with { OnConflict = BulkLoadConflict.Ignore })).Id);

        await ExecuteAsync("ALTER TABLE t DROP CONSTRAINT t_v_check");
        BulkLoadResult result = await LoadAsync(options with { ThrottleLimit = 3 });

        Assert.Equal((200L, 50L), (result.Rows, result.InsertedRows));
        Assert.True(result.ResumedChunks > 0);
        Assert.Equal(50, await ScalarAsync<long>("SELECT count(*) FROM t"));
    }

    /// <summary>A session's temporary tables go when it has ended, which takes the server a moment.</summary>
    private async Task NoTemporaryTablesAsync()
    {
        while (await ScalarAsync<long>("SELECT count(*) FROM pg_class WHERE relpersistence = 't'") > 0)
            await Task.Delay(10, Cancel);
    }
}
