using LakebaseOps.Indexing;
using Npgsql;

namespace LakebaseOps.Tests.Indexing;

/// <summary>Whatever ends a build, no invalid index stays and the next run ends with the wanted one.</summary>
public sealed class ConvergenceTests(PostgresServer server) : DatabaseTest(server)
{
    private static readonly TableName Table = new("public", "t");
    private static readonly IndexDefinition PrimaryKey = new() { Name = "", Keys = ["id"], IsPrimary = true, IsUnique = true };

    private readonly RecordingSink _sink = new();

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await ExecuteAsync(
            "CREATE TABLE t (id bigint NOT NULL, v text); INSERT INTO t SELECT g, md5(g::text) FROM generate_series(1, 60000) g");
    }

    /// <summary>Where a build stands when it is ended, and who holds it there.</summary>
    public static TheoryData<string, string, bool> Moments => new()
    {
        { "INSERT INTO t VALUES (-1, '')", "SELECT FROM pg_stat_progress_create_index WHERE phase = 'waiting for writers before build'", false },
        { "SELECT", "SELECT FROM pg_stat_progress_create_index WHERE phase = 'waiting for old snapshots'", false },
        { "LOCK TABLE t IN ACCESS SHARE MODE", "SELECT FROM pg_locks WHERE relation = 't'::regclass AND mode = 'AccessExclusiveLock' AND NOT granted", false },
        { "INSERT INTO t VALUES (-1, '')", "SELECT FROM pg_stat_progress_create_index WHERE phase = 'waiting for writers before build'", true },
        { "SELECT", "SELECT FROM pg_stat_progress_create_index WHERE phase = 'waiting for old snapshots'", true },
        { "LOCK TABLE t IN ACCESS SHARE MODE", "SELECT FROM pg_locks WHERE relation = 't'::regclass AND mode = 'AccessExclusiveLock' AND NOT granted", true },
    };

    [Theory]
    [MemberData(nameof(Moments))]
    public async Task A_build_ended_at_a_known_moment_leaves_nothing_invalid(string holder, string moment, bool kill)
    {
        // Cancelled, the build cleans up on its own connection; killed, on another one.
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        await using NpgsqlConnection blocker = await Session.OpenAsync(Cancel);
        // A snapshot taken before holds up the end of a build, a row written its beginning, a table read its constraint.
        NpgsqlTransaction transaction = await blocker.BeginTransactionAsync(
            holder == "SELECT" ? System.Data.IsolationLevel.RepeatableRead : System.Data.IsolationLevel.ReadCommitted, Cancel);
        await using (NpgsqlCommand hold = new(holder, blocker, transaction))
            await hold.ExecuteNonQueryAsync(Cancel);
        Task<IndexBuildResult> build = BuildAsync(stop.Token);
        await UntilAsync($"SELECT EXISTS ({moment})");
        if (kill)
        {
            await ExecuteAsync(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' "
                + "AND pid <> pg_backend_pid() AND (query LIKE 'CREATE UNIQUE INDEX%' OR query LIKE '%ALTER TABLE%')");
        }
        else
        {
            await stop.CancelAsync();
        }

        await transaction.RollbackAsync(Cancel);
        if (kill)
            Assert.Equal(ErrorIds.ServerUnavailable, (await Assert.ThrowsAsync<LakebaseException>(() => build)).Error.Id);
        else
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => build);
        Assert.Equal(0L, await InvalidAsync());
        Assert.Equal(0L, await ScalarAsync<long>("SELECT count(*) FROM pg_constraint WHERE conrelid = 't'::regclass"));
        Assert.Empty(_sink.Warnings);
        Assert.Equal("Built", (await BuildAsync(Cancel)).Status);
    }

    [Fact]
    public async Task Builds_killed_in_any_phase_converge()
    {
        string[] phases =
        [
            "initializing", "building index", "building index: scanning table", "building index: sorting live tuples",
            "building index: loading tuples in tree", "index validation: scanning index", "index validation: sorting tuples",
            "index validation: scanning table",
        ];
        int killed = 0;
        foreach (string phase in phases)
        {
            await ExecuteAsync("ALTER TABLE t DROP CONSTRAINT IF EXISTS t_pkey; ALTER TABLE t ALTER id DROP NOT NULL; DROP INDEX IF EXISTS t_pkey");
            Task<IndexBuildResult> build = BuildAsync(Cancel);
            while (!build.IsCompleted && !await ScalarAsync<bool>(
                "SELECT count(pg_terminate_backend(pid)) > 0 FROM pg_stat_progress_create_index "
                + $"WHERE relid = 't'::regclass AND phase = '{phase}'"))
            {
            }

            // A phase may be over before it is seen; then the build is simply complete.
            if (await Record.ExceptionAsync(() => build) is Exception exception)
            {
                Assert.IsType<LakebaseException>(exception);
                killed++;
            }

            Assert.Equal(0L, await InvalidAsync());
            await BuildAsync(Cancel);
            Assert.True(await ScalarAsync<bool>("SELECT indisvalid AND indisprimary FROM pg_index WHERE indexrelid = 't_pkey'::regclass"));
            Assert.Equal(1L, await ScalarAsync<long>("SELECT count(*) FROM pg_constraint WHERE conrelid = 't'::regclass"));
        }

        Assert.InRange(killed, 1, phases.Length);
    }

    [Fact]
    public async Task A_recorded_leftover_is_replaced_and_one_of_somebody_else_is_not()
    {
        await ExecuteAsync("INSERT INTO t VALUES (1, '')");
        await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync("CREATE UNIQUE INDEX CONCURRENTLY t_pkey ON t (id)"));
        await ExecuteAsync("DELETE FROM t WHERE v = ''");
        Assert.Equal(1L, await InvalidAsync());
        LakebaseException refused = await Assert.ThrowsAsync<LakebaseException>(() => BuildAsync(Cancel));
        Assert.Equal(ErrorIds.IndexConflict, refused.Error.Id);
        Assert.Equal(1L, await InvalidAsync());
        await RecordAsync("t_pkey", "USING btree (id)");
        Assert.Equal("Built", (await BuildAsync(Cancel)).Status);
        Assert.Equal(0L, await InvalidAsync());
    }

    [Fact]
    public async Task A_definition_also_removes_recorded_leftovers_of_other_names()
    {
        await ExecuteAsync("INSERT INTO t VALUES (1, '')");
        await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync("CREATE UNIQUE INDEX CONCURRENTLY ours ON t (id)"));
        await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync("CREATE UNIQUE INDEX CONCURRENTLY foreign_one ON t (id)"));
        await ExecuteAsync("DELETE FROM t WHERE v = ''");
        await RecordAsync("ours", "USING btree (id)");
        TableDefinition definition = new() { Name = Table, Indexes = [PrimaryKey] };
        await RecordingSink.RunAsync(new BuildIndexOperation(Session, new BuildIndexOptions { Definition = [definition] }), Cancel);
        Assert.Equal("foreign_one", await ScalarAsync<string>("SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid"));
    }

    [Fact]
    public async Task A_unique_index_that_lacks_only_its_constraint_is_reused()
    {
        await ExecuteAsync("CREATE UNIQUE INDEX t_pkey ON t (id)");
        uint oid = await ScalarAsync<uint>("SELECT 't_pkey'::regclass::oid");
        Assert.Equal("Built", (await BuildAsync(Cancel)).Status);
        Assert.Equal(oid, await ScalarAsync<uint>("SELECT conindid FROM pg_constraint WHERE conrelid = 't'::regclass"));
    }

    [Theory]
    [InlineData(false, "")]
    [InlineData(true, "")]
    [InlineData(true, "ALTER TABLE t ALTER id SET NOT NULL")]
    [InlineData(true, "CREATE UNIQUE INDEX t_pkey ON t (id); ALTER TABLE t ALTER id SET NOT NULL")]
    [InlineData(false, "ALTER TABLE t ADD PRIMARY KEY (id)")]
    public async Task The_check_that_a_killed_build_left_goes_whichever_way_the_key_came(bool concurrently, string meanwhile)
    {
        await ExecuteAsync("ALTER TABLE t ALTER id DROP NOT NULL; ALTER TABLE t ADD CONSTRAINT lakebase_t_pkey_notnull CHECK (id IS NOT NULL) NOT VALID");
        if (meanwhile.Length > 0)
            await ExecuteAsync(meanwhile);
        await IndexBuilder.BuildAsync(Session, Table, PrimaryKey, "t_pkey", new IndexBuildSettings { Concurrently = concurrently }, _sink, Cancel);
        Assert.Equal("t_pkey", await ScalarAsync<string>("SELECT string_agg(conname, ',') FROM pg_constraint WHERE conrelid = 't'::regclass AND contype <> 'n'"));
        Assert.Empty(_sink.Warnings);
    }

    [Fact]
    public async Task Two_builds_of_one_index_do_not_meet()
    {
        await using NpgsqlConnection other = await Session.OpenAsync(Cancel);
        BuildLock guard = new(Table, "t_pkey");
        Assert.True(await guard.TryTakeAsync(other, Cancel));
        LakebaseException refused = await Assert.ThrowsAsync<LakebaseException>(() => BuildAsync(Cancel));
        Assert.Equal(ErrorIds.ResourceBusy, refused.Error.Id);
        await guard.ReleaseAsync(other);
        Assert.Equal("Built", (await BuildAsync(Cancel)).Status);
    }

    private Task<IndexBuildResult> BuildAsync(CancellationToken cancellationToken) => IndexBuilder.BuildAsync(
        Session, Table, PrimaryKey, "t_pkey", new IndexBuildSettings { Concurrently = true }, _sink, cancellationToken);

    private Task<long> InvalidAsync() => ScalarAsync<long>("SELECT count(*) FROM pg_index WHERE NOT indisvalid");

    private async Task RecordAsync(string index, string clause)
    {
        await using NpgsqlConnection connection = await Session.OpenAsync(Cancel);
        Assert.True(await IndexLedger.EnsureAsync(connection, Cancel));
        await using NpgsqlCommand find = new("SELECT 't'::regclass::oid", connection);
        uint oid = (uint)(await find.ExecuteScalarAsync(Cancel))!;
        await IndexLedger.BeginAsync(connection, oid, Table, index, clause, Cancel);
    }

    private async Task UntilAsync(string condition)
    {
        while (!await ScalarAsync<bool>(condition))
            Cancel.ThrowIfCancellationRequested();
    }
}
