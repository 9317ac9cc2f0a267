using LakebaseOps.Connections;
using LakebaseOps.Loading;
using LakebaseOps.Operations;
using LakebaseOps.Tests.Workflows;

namespace LakebaseOps.Tests.Loading;

/// <summary>Loads whose rows come from a query or table of this or another session.</summary>
public sealed class QueryTests(PostgresServer server) : LoadTest(server)
{
    private const string Types = """
        CREATE SCHEMA own;
        CREATE TYPE own.colour AS ENUM ('red', 'light blue');
        CREATE DOMAIN own.positive AS integer CHECK (VALUE > 0);
        """;

    private const string Columns = """
        id int, b boolean, i2 smallint, i4 integer, i8 bigint, f4 real, f8 double precision, n numeric(12,4), t text, v varchar(10), c character(5), y bytea,
        u uuid, d date, tm time, tz timetz(2), ts timestamp(3), tt timestamptz, iv interval, j json, jb jsonb, ip inet, net cidr, e own.colour, p own.positive,
        ai integer[], at text[], ae own.colour[], ap own.positive[], an numeric(6,2)[], pt point, bits bit(3), vb varbit(5), r int4range, mac macaddr, xs point[]
        """;

    private const string Rows = """
        INSERT INTO full_types SELECT 1, true, -1, 2, 3, 'NaN', -0.0, 1.5, 'ü', 'v', 'ab', '\x00ff', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '0044-03-15 BC', '24:00',
            '12:34:56.789+05:30', 'infinity', '2020-02-29 12:34:56.123456+01', '-1 mons +2 days', '{"a": 1 }', '{"b":[1]}', '::1', '10.0.0.0/8', 'light blue', 5,
            '[0:1]={1,NULL}', '{"a,b",NULL}', '{red,"light blue"}', '{1,2}', '{1.5,2}', '(1,2)', B'101', B'1', '[1,5)', '08:00:2b:01:02:03', '{"(1,2)"}';
        INSERT INTO full_types (id) VALUES (2)
        """;

    [Fact]
    public async Task Every_type_goes_from_server_to_server_as_it_is()
    {
        await using PostgresSession other = await Server.CreateDatabaseAsync("source");
        // Types of the same name have other numbers there.
        await RunAsync(other, $"CREATE TYPE other AS (a int); {Types} CREATE TABLE full_types ({Columns}); {Rows}");
        await ExecuteAsync($"{Types} CREATE TABLE full_types ({Columns}); CREATE TABLE ours (LIKE full_types); {Rows}");

        BulkLoadResult result = await LoadAsync(new BulkLoadOptions { Table = "ours", SourceTable = "full_types", SourceSession = "source" }, other);

        Assert.Equal(("Loaded", 2L, "Binary"), (result.Status, result.Rows, result.Encoding));
        Assert.Equal(2, await ScalarAsync<long>("SELECT count(*) FROM ours JOIN full_types USING (id) WHERE ours *= full_types"));
    }

    [Fact]
    public async Task The_indexes_of_a_load_are_built_as_the_index_planner_says()
    {
        await ExecuteAsync("CREATE TABLE t (id bigint PRIMARY KEY, pad text)");
        RecordingSink sink = await RecordingSink.RunAsync(
            new BulkLoadOperation(Session, new BulkLoadOptions { Table = "t", Query = "SELECT g AS id, repeat(md5(g::text), 60) AS pad FROM generate_series(1, 10000) g" }), Cancel);
        Assert.Equal(10_000, Assert.Single(sink.Of<BulkLoadResult>()).Rows);
        // By size it would be one worker and 64 MB.
        Assert.Contains(sink.Traces, line => line.Contains("USING btree (id): ", StringComparison.Ordinal)
            && line.Contains(" rows, 0 worker(s), 4 MB, not sampled: ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_query_is_cast_to_the_table_and_what_is_too_long_is_refused()
    {
        await ExecuteAsync("CREATE TABLE t (id bigint PRIMARY KEY, name varchar(3), n numeric(4,1), twice bigint GENERATED ALWAYS AS (id * 2) STORED)");
        BulkLoadOptions options = new() { Table = "t", Query = "SELECT g::text AS \"ID\", 'abc' AS name, g / 8.0 AS n FROM generate_series(1, 3) g -- three" };

        BulkLoadResult result = await LoadAsync(options);

        Assert.Equal(3, result.Rows);
        Assert.Equal(["(1,abc,0.1,2)", "(2,abc,0.3,4)", "(3,abc,0.4,6)"], await RowsAsync("t"));
        LakebaseError error = await RefusedAsync(options with { Query = "SELECT 1 AS id, 'abcd' AS name, 0 AS n;\n" });
        Assert.Equal((ErrorIds.DataRejected, "22001"), (error.Id, error.SqlState));
        Assert.Contains("row 1 of a query of", error.Message, StringComparison.Ordinal);

        // A table may be loaded from itself; what it generates is generated again.
        Assert.Equal(3, (await LoadAsync(new BulkLoadOptions { Table = "t", SourceTable = "t" })).Rows);
        Assert.Equal("(2,abc,0.3,4)", (await RowsAsync("t"))[1]);
    }

    [Fact]
    public async Task Many_rows_arrive_in_chunks_by_several_streams()
    {
        await ExecuteAsync("CREATE TABLE t (id int PRIMARY KEY, v text)");
        BulkLoadOptions options = new()
        {
            Table = "t",
            Query = "SELECT g AS id, CASE WHEN g % 7 > 0 THEN repeat('x', g % 50) END AS v FROM generate_series(1, 100000) g",
            ChunkBytes = 200_000,
            ThrottleLimit = 3,
        };

        BulkLoadResult result = await LoadAsync(options);
        BulkLoadResult again = await LoadAsync(options with { ChunkRows = 5_000 });

        Assert.Equal((100_000L, 20), (again.Rows, again.Chunks));
        Assert.True(result.Chunks > 10, $"{result.Chunks} chunks");
        Assert.Equal(result.ContentHash, again.ContentHash);
        Assert.True(await ScalarAsync<bool>(
            "SELECT count(*) = 100000 AND count(v) = 85715 AND sum(length(v)) = sum(CASE WHEN id % 7 > 0 THEN id % 50 END) AND sum(id) = 5000050000 FROM t"));
        await EndOfSessionsAsync();
    }

    [Fact]
    public async Task Rows_of_a_query_are_merged_by_key()
    {
        await ExecuteAsync("CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (1, 'old'), (9, 'stays')");

        await LoadAsync(new BulkLoadOptions { Table = "t", Mode = BulkLoadMode.Upsert, Query = "SELECT g AS id, 'new' AS v FROM generate_series(1, 2) g" });

        Assert.Equal(["(1,new)", "(2,new)", "(9,stays)"], await RowsAsync("t"));
    }

    [Fact]
    public async Task A_row_larger_than_a_chunk_arrives()
    {
        await ExecuteAsync("CREATE TABLE t (id int PRIMARY KEY, v text)");

        BulkLoadResult result = await LoadAsync(new BulkLoadOptions
        {
            Table = "t",
            Query = "SELECT g AS id, repeat('x', 100000 * (g % 3)) AS v FROM generate_series(1, 7) g",
            ChunkBytes = 1_000,
        });

        Assert.Equal(7, result.Rows);
        Assert.Equal(700_000, await ScalarAsync<long>("SELECT sum(length(v)) FROM t"));
    }

    [Fact]
    public async Task A_query_without_rows_empties_the_table()
    {
        await ExecuteAsync("CREATE TABLE t (id int); INSERT INTO t VALUES (7)");

        Assert.Equal(0, (await LoadAsync(new BulkLoadOptions { Table = "t", Query = "SELECT 1 AS id WHERE false" })).Rows);

        Assert.Empty(await RowsAsync("t"));
    }

    [Theory]
    [InlineData("SELECT 1 / (90000 - g) AS id FROM generate_series(1, 100000) g", "22012")]
    [InlineData("SELECT CASE WHEN g = 90000 THEN 'x' ELSE g::text END AS id FROM generate_series(1, 100000) g", "22P02")]
    [InlineData("SELECT g AS id FROM nowhere g", "42P01")]
    [InlineData("SELECT nextval('s') AS id", "25006")]
    public async Task A_source_that_fails_is_named_and_leaves_nothing(string query, string sqlState)
    {
        await ExecuteAsync("CREATE TABLE t (id int); INSERT INTO t VALUES (7); CREATE SEQUENCE s");

        LakebaseError error = await RefusedAsync(new BulkLoadOptions { Table = "t", Query = query, ChunkRows = 10_000 });

        Assert.Equal((ErrorIds.SourceFailed, sqlState), (error.Id, error.SqlState));
        Assert.Equal(["(7)"], await RowsAsync("t"));
        Assert.Equal(0, await StrayRelationsAsync());
        await EndOfSessionsAsync();
        if (await ScalarAsync<bool>("SELECT to_regclass('lakebase_ops.load_table') IS NOT NULL"))
            Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM lakebase_ops.load_table"));
    }

    [Fact]
    public async Task A_source_connection_that_is_lost_ends_the_load()
    {
        await ExecuteAsync("CREATE TABLE t (id int); INSERT INTO t VALUES (7)");

        LakebaseError error = await RefusedAsync(new BulkLoadOptions
        {
            Table = "t",
            Query = "SELECT CASE WHEN g = 50000 THEN pg_terminate_backend(pg_backend_pid())::int ELSE g END AS id FROM generate_series(1, 100000) g",
        });

        Assert.Equal(ErrorIds.SourceFailed, error.Id);
        Assert.Equal(["(7)"], await RowsAsync("t"));
        Assert.Equal(0, await StrayRelationsAsync());
    }

    [Fact]
    public async Task The_plan_shows_columns_and_casts_and_writes_nothing()
    {
        await ExecuteAsync($"{Types} CREATE TABLE t (id int, name varchar(3), e own.colour[])");

        OperationPlan plan = await new BulkLoadOperation(
            Session, new BulkLoadOptions { Table = "t", Query = "SELECT ARRAY['red'] AS e, 'x' AS name" }).DescribeAsync(Cancel);

        Assert.Contains("a query of QueryTests", plan.Steps[0], StringComparison.Ordinal);
        Assert.Equal(["\"e\" as text[]", "\"name\" as character varying"], plan.Steps.Skip(1).Take(2).Select(step => step.Trim()));
        Assert.False(await ScalarAsync<bool>("SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = 'lakebase_ops')"));
    }

    [Fact]
    public async Task A_workflow_names_the_source_among_its_sessions()
    {
        await using PostgresSession other = await Server.CreateDatabaseAsync("source");
        await RunAsync(other, "CREATE TABLE t (id int); INSERT INTO t VALUES (5)");
        await ExecuteAsync("CREATE TABLE t (id int)");
        const string Variable = "LAKEBASEOPS_TESTS_SOURCE";
        Environment.SetEnvironmentVariable(Variable, Server.ConnectionString(other.Database));
        using WorkflowFolder folder = new($$"""
            {
              "sessions": {"old": {"env": "{{Variable}}"} },
              "steps": [{"command": "Invoke-LakebaseBulkLoad", "parameters": {"Table": "t", "SourceTable": "t", "SourceSession": "old"} }]
            }
            """);

        await RecordingSink.RunAsync(folder.Operation(Session), Cancel);

        Assert.Equal(["(5)"], await RowsAsync("t"));
        folder.Write((await File.ReadAllTextAsync(folder.File, Cancel)).Replace("\"SourceSession\": \"old\"", "\"SourceSession\": \"olt\"", StringComparison.Ordinal));
        LakebaseException wrong = await Assert.ThrowsAsync<LakebaseException>(() => RecordingSink.RunAsync(folder.Operation(Session), Cancel));
        Assert.Contains("olt", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_source_session_that_nobody_opened_is_an_error()
    {
        await ExecuteAsync("CREATE TABLE t (id int)");
        Assert.Equal(ErrorIds.InvalidArgument, (await RefusedAsync(new BulkLoadOptions { Table = "t", Query = "SELECT 1 AS id", MaxErrors = "1" })).Id);
        Assert.Equal(ErrorIds.SessionNotFound, (await RefusedAsync(new BulkLoadOptions { Table = "t", Query = "SELECT 1 AS id", SourceSession = "gone" })).Id);
    }

    private async Task<BulkLoadResult> LoadAsync(BulkLoadOptions options, LakebaseSession source)
    {
        RecordingSink sink = await RecordingSink.RunAsync(new BulkLoadOperation(Session, options) { Source = source }, Cancel);
        Assert.Empty(sink.Errors);
        return Assert.Single(sink.Of<BulkLoadResult>());
    }

    /// <summary>A server session ends a moment after its connection was closed, and must do so.</summary>
    private async Task EndOfSessionsAsync()
    {
        const string Left = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'LakebaseOps load%' AND datname = current_database()";
        for (int look = 0; look < 2_000 && await ScalarAsync<long>(Left) > 0; look++)
        {
        }

        Assert.Equal(0, await ScalarAsync<long>(Left));
    }

    private static async Task RunAsync(PostgresSession session, string sql)
    {
        await using Npgsql.NpgsqlCommand command = session.DataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancel);
    }
}
