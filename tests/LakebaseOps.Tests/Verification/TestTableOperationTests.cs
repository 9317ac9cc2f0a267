using LakebaseOps.Loading.Ledger;
using LakebaseOps.Operations;
using LakebaseOps.Verification;
using Npgsql;

namespace LakebaseOps.Tests.Verification;

/// <summary>Each check is silent on a healthy table and finds the fault seeded for it.</summary>
[EachServer("Catalogs, statistics and the progress of VACUUM are the server's.")]
public sealed class TestTableOperationTests(PostgresServer server) : DatabaseTest(server)
{
    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await ExecuteAsync(
            """
            CREATE TABLE t (hashkey text NOT NULL, v double precision, CONSTRAINT t_pkey PRIMARY KEY (hashkey));
            INSERT INTO t SELECT md5(g::text), g FROM generate_series(1, 20000) g;
            CREATE INDEX t_v_idx ON t (v);
            SELECT pg_stat_force_next_flush()
            """);
        await ExecuteAsync("VACUUM (FREEZE, ANALYZE) t");
    }

    [Fact]
    public async Task A_connection_that_breaks_says_so_and_is_no_failed_check()
    {
        // Who counts rows waits for those of the child, and who looks at the table itself does not.
        await ExecuteAsync("CREATE TABLE child () INHERITS (t)");
        await using NpgsqlConnection other = await Session.OpenAsync(Cancel);
        await using NpgsqlTransaction transaction = await other.BeginTransactionAsync(Cancel);
        await using (NpgsqlCommand hold = new("LOCK TABLE child", other))
            await hold.ExecuteNonQueryAsync(Cancel);
        Task<IReadOnlyList<TableCheck>> testing = TestAsync(new() { Check = [TableCheckKind.RowCount, TableCheckKind.VisibilityMap], ExpectedRows = 20_000 });
        while (!await ScalarAsync<bool>("SELECT count(pg_terminate_backend(pid)) > 0 FROM pg_locks WHERE NOT granted AND relation = 'child'::regclass"))
            await Task.Delay(10, Cancel);
        Assert.Equal(ErrorIds.ServerUnavailable, ErrorTranslator.Translate((await Record.ExceptionAsync(() => testing))!).Id);
    }

    [Fact]
    public async Task An_index_that_only_the_count_of_the_rows_reads_by_is_unused()
    {
        // Rows so wide that to count them is cheapest by the smallest index.
        await ExecuteAsync("ALTER TABLE t ADD note text; UPDATE t SET note = repeat('x', 400); CREATE TABLE child () INHERITS (t)");
        await ExecuteAsync("VACUUM (FREEZE, ANALYZE) t");
        await using NpgsqlConnection other = await Session.OpenAsync(Cancel);
        await using NpgsqlTransaction transaction = await other.BeginTransactionAsync(Cancel);
        await using (NpgsqlCommand hold = new("LOCK TABLE child", other))
            await hold.ExecuteNonQueryAsync(Cancel);
        TestTableOptions options = new() { Check = [TableCheckKind.RowCount, TableCheckKind.UnusedIndex], ExpectedRows = 20_000, MinStatisticsAge = TimeSpan.Zero };
        Task<IReadOnlyList<TableCheck>> testing = TestAsync(options);
        while (!await ScalarAsync<bool>("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = 'child'::regclass)"))
            await Task.Delay(10, Cancel);
        // A session tells what it has scanned once in a second at most.
        await Task.Delay(1_100, Cancel);
        await transaction.RollbackAsync(Cancel);
        Assert.Equal([("RowCount", CheckStatus.Passed), ("UnusedIndex", CheckStatus.Warning)], (await testing).Select(check => (check.Check, check.Status)));
    }

    [Fact]
    public async Task Keys_without_a_constraint_are_checked_in_the_rows()
    {
        TestTableOptions options = new()
        {
            Check = [TableCheckKind.PrimaryKey, TableCheckKind.DuplicateKey, TableCheckKind.NullKey],
            KeyColumn = ["hashkey"],
        };
        await ExecuteAsync("ALTER TABLE t DROP CONSTRAINT t_pkey; ALTER TABLE t ALTER hashkey DROP NOT NULL");
        Assert.Equal([CheckStatus.Skipped, CheckStatus.Passed, CheckStatus.Passed], await StatesAsync(options));
        await ExecuteAsync("INSERT INTO t VALUES ('twin', 1), ('twin', 2), (NULL, 3), (NULL, 4)");
        Assert.Equal([CheckStatus.Skipped, CheckStatus.Failed, CheckStatus.Failed], await StatesAsync(options));
        IReadOnlyList<TableCheck> checks = await TestAsync(options);
        Assert.Equal("1 keys more than once: (twin) 2 times", checks[1].Actual);
        Assert.Equal("2 rows", checks[2].Actual);
        Assert.Equal(
            [CheckStatus.Failed, CheckStatus.Skipped, CheckStatus.Skipped], await StatesAsync(options with { KeyColumn = null }));
    }

    [Fact]
    public async Task Autovacuum_at_work_is_a_warning()
    {
        await using Npgsql.NpgsqlConnection connection = await Session.OpenAsync(Cancel);
        TableState facts = (await TableState.ReadAsync(connection, new TableName("public", "t"), Cancel))!;
        Assert.Equal(CheckStatus.Passed, CatalogChecks.Autovacuum(facts).Status);
        Assert.Equal(CheckStatus.Warning, CatalogChecks.Autovacuum(facts with { IsBeingVacuumed = true }).Status);
    }

    [Fact]
    public async Task Sequential_scans_beyond_the_limit_are_a_warning()
    {
        TestTableOptions options = new() { Check = [TableCheckKind.SequentialScans] };
        Assert.Equal([CheckStatus.Passed], await StatesAsync(options));
        // Statistics are sent at the end of a transaction, at most once a second, and at the latest when the backend ends.
        await ExecuteAsync("SET enable_indexonlyscan = off; SET enable_indexscan = off; SET enable_bitmapscan = off; SET max_parallel_workers_per_gather = 0; SELECT count(*) FROM t; SELECT pg_stat_force_next_flush()");
        Assert.Equal([CheckStatus.Warning], await StatesAsync(options with { MaxSequentialScans = 0 }));
    }

    [Fact]
    public async Task The_ledger_says_how_many_rows_there_should_be()
    {
        TestTableOptions options = new() { Check = [TableCheckKind.RowCount] };
        Assert.Equal([CheckStatus.Skipped], await StatesAsync(options));
        await RecordAsync("Append", "Loaded", 5, stage: "NULL", table: "NULL", "2026-01-01");
        await RecordAsync("Replace", "Loaded", 19_000, stage: "NULL", table: "'t'::regclass", "2026-01-02");
        await RecordAsync("Append", "Loaded", 1_000, stage: "NULL", table: "'t'::regclass", "2026-01-03");
        Assert.Equal([CheckStatus.Passed], await StatesAsync(options));
        await ExecuteAsync("DELETE FROM t WHERE v = 7");
        Assert.Equal([CheckStatus.Failed], await StatesAsync(options));
        // Another table of that name was loaded since: the record is of no use for this one.
        await ExecuteAsync("UPDATE lakebase_ops.load_table SET table_oid = 1 WHERE table_oid IS NOT NULL");
        Assert.Equal([CheckStatus.Skipped], await StatesAsync(options));
    }

    [Fact]
    public async Task A_stage_table_of_an_unfinished_load_is_no_leftover()
    {
        await ExecuteAsync("CREATE TABLE t__stg_0123456789 (LIKE t)");
        await RecordAsync("Replace", "Loading", rows: null, stage: "'t__stg_0123456789'::regclass", table: "NULL", finished: null);
        Assert.Equal([CheckStatus.Passed], await StatesAsync(new() { Check = [TableCheckKind.LeftoverStage] }));
    }

    /// <summary>A line in the ledger of loads of t.</summary>
    private async Task RecordAsync(string mode, string status, long? rows, string stage, string table, string? finished)
    {
        await using (NpgsqlConnection connection = await Session.OpenAsync(Cancel))
            await LedgerSchema.EnsureAsync(connection, Cancel);
        await ExecuteAsync(
            $"""
            WITH run AS (INSERT INTO lakebase_ops.load_run (run_id, client, options) VALUES (gen_random_uuid(), 'test', '[]') RETURNING run_id)
            INSERT INTO lakebase_ops.load_table (load_id, run_id, schema_name, table_name, mode, source, fingerprint, status, lease, rows, stage_oid, table_oid, finished_at)
            SELECT gen_random_uuid(), run_id, 'public', 't', '{mode}', 'Files', jsonb_build_object(), '{status}', gen_random_uuid(),
                {rows?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "NULL"}, {stage}, {table}, {(finished is null ? "NULL" : $"'{finished}'")} FROM run
            """);
    }

    [Fact]
    public async Task Wildcards_and_missing_tables_and_quiet()
    {
        await ExecuteAsync("CREATE TABLE t2 (LIKE t INCLUDING ALL); CREATE TABLE t__stg_0123456789 (LIKE t); CREATE TABLE u (a int)");
        RecordingSink sink = await RecordingSink.RunAsync(
            new TestTableOperation(Session, new() { Table = ["T*", "nothing*"], Check = [TableCheckKind.Exists] }), Cancel);
        Assert.Equal(
            ["public.nothing* Failed", "public.t Passed", "public.t2 Passed"],
            sink.Of<TableCheck>().Select(check => $"{check.Table} {check.Status}").Order());
        Assert.True(sink.Progress[^1].IsCompleted);
        Assert.Equal([false], await QuietAsync("nothing"));
        Assert.Equal([true], await QuietAsync("t"));
    }

    [Fact]
    public async Task The_definition_is_compared_with_that_of_a_reference_where_it_is_asked_for()
    {
        await ExecuteAsync("ALTER TABLE t ADD CONSTRAINT t_check CHECK (v > 0); CREATE SCHEMA other; CREATE TABLE other.t (LIKE t INCLUDING ALL); CREATE TABLE t2 (LIKE t INCLUDING ALL)");
        // Under the same name and under another one, when indexes and constraints have other names as well.
        TestTableOptions options = new() { Check = [TableCheckKind.Definition], ReferenceTable = "other.t" };
        foreach (TestTableOptions one in new[] { options, options with { Table = ["t2"], ReferenceTable = "t" } })
            Assert.True(Assert.Single(await TestAsync(one)) is { Status: CheckStatus.Passed } check, $"{Assert.Single(await TestAsync(one)).Actual}");
        await ExecuteAsync("DROP INDEX t_v_idx; ALTER TABLE t DROP CONSTRAINT t_check");
        TableCheck apart = Assert.Single(await TestAsync(options));
        Assert.Equal((CheckStatus.Failed, "the definition of other.t of " + Session.Name), (apart.Status, apart.Expected));
        Assert.Contains("CHECK", apart.Actual, StringComparison.Ordinal);
        Assert.Contains("index", apart.Actual, StringComparison.Ordinal);
        Assert.Equal(CheckStatus.Skipped, Assert.Single(await TestAsync(options with { Check = null }), check => check.Check == "Definition").Status);
    }

    [Theory]
    [InlineData("a \"quoted\"; name")]
    [InlineData("表表表表表表表表表表表表表表表表表表表表表")]
    public async Task Odd_names_are_checked_like_others(string name)
    {
        await ExecuteAsync($"CREATE TABLE {TableName.Quote(name)} (\"the \"\"key\" bigint NOT NULL)");
        TestTableOptions options = new()
        {
            Table = [TableName.Quote(name)],
            KeyColumn = ["the \"key"],
            ExpectedRows = 0,
            ReferenceTable = TableName.Quote(name),
        };
        IReadOnlyList<TableCheck> checks = await TestAsync(options);
        Assert.DoesNotContain(checks, check => check.Status == CheckStatus.Failed);
    }

    private async Task<IReadOnlyList<object>> QuietAsync(string table) => (await RecordingSink.RunAsync(
        new TestTableOperation(Session, new() { Table = [table], Quiet = true }), Cancel)).Results;

    private async Task<IReadOnlyList<TableCheck>> TestAsync(TestTableOptions options)
    {
        options = options.Table is null ? options with { Table = ["t"] } : options;
        return (await RecordingSink.RunAsync(new TestTableOperation(Session, options), Cancel)).Of<TableCheck>();
    }

    private async Task<IEnumerable<CheckStatus>> StatesAsync(TestTableOptions options) =>
        (await TestAsync(options)).Select(check => check.Status);
}
