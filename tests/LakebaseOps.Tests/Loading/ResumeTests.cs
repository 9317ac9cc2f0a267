using System.Globalization;
using System.Text;
using LakebaseOps.Loading;
using LakebaseOps.Loading.Ledger;
using LakebaseOps.Loading.Sending;
using LakebaseOps.Loading.Sources;

namespace LakebaseOps.Tests.Loading;

public sealed class ResumeTests(PostgresServer server) : LoadTest(server)
{
    private const string Sessions = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'LakebaseOps load' AND datname = current_database()";

    private const string Loaded = "SELECT sum(rows)::bigint FROM lakebase_ops.load_chunk";

    [Theory]
    [InlineData("t.csv")]
    [InlineData("t.csv.gz")]
    public async Task A_stopped_load_leaves_no_session_and_goes_on_where_it_was(string name)
    {
        await ExecuteAsync("CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (-1, 'old')");
        string file = Write(name, Rows(200_000));
        BulkLoadOptions options = new() { Table = "t", Path = [file], ChunkBytes = 20_000, ThrottleLimit = 2, SkipVacuum = true };
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        int reports = 0;
        RecordingSink sink = new()
        {
            OnProgress = progress =>
            {
                if (progress.Status.Contains("rows/s", StringComparison.Ordinal) && Interlocked.Increment(ref reports) == 3)
                    stop.Cancel();
            },
        };

        // Slow enough to be stopped on any machine.
        BulkLoadOptions slow = options with { MaxBytesPerSecond = 1_000_000 };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new BulkLoadOperation(Session, slow).RunAsync(sink, stop.Token));

        Assert.Equal(0, await ScalarAsync<long>(Sessions));
        Assert.Equal(["(-1,old)"], await RowsAsync("t"));
        LakebaseCheckpoint checkpoint = Assert.Single((await RecordingSink.RunAsync(new GetCheckpointOperation(Session, new GetCheckpointOptions()), Cancel)).Of<LakebaseCheckpoint>());
        Assert.Equal(("Interrupted", "Load", "public.t"), (checkpoint.Status, checkpoint.Phase, checkpoint.Table));
        Assert.Equal(checkpoint.Rows, await ScalarAsync<long>($"SELECT count(*) FROM {TableName.Parse(checkpoint.StageTable!).ToSql()}"));
        Assert.InRange(checkpoint.Rows, 1, 199_999);

        BulkLoadResult result = await LoadAsync(options with { ChunkBytes = 333_333, ThrottleLimit = 3 });

        Assert.Equal(("Loaded", 200_000L, checkpoint.ChunksDone), (result.Status, result.Rows, result.ResumedChunks));
        Assert.Equal((200_000L, 200_000L), (await ScalarAsync<long>("SELECT count(*) FROM t"), await ScalarAsync<long>("SELECT count(DISTINCT id) FROM t")));
        BulkLoadResult whole = await LoadAsync(options with { Restart = true, ChunkBytes = 5_000_000 });
        Assert.Equal(whole.ContentHash, result.ContentHash);
    }

    [Fact]
    public async Task Another_input_is_refused_until_restart()
    {
        await ExecuteAsync("CREATE TABLE t (id int PRIMARY KEY, v text)");
        BulkLoadOptions options = new() { Table = "t", Path = [Write("t.csv", Rows(1_000) + "x,bad\n")], ChunkBytes = 500, SkipVacuum = true };
        Assert.Equal(ErrorIds.DataRejected, (await RefusedAsync(options)).Id);
        Assert.True(await ScalarAsync<long>("SELECT count(*) FROM lakebase_ops.load_chunk") > 0);

        LakebaseError delimiter = await RefusedAsync(options with { Null = "x" });
        Assert.Equal(ErrorIds.LoadChanged, delimiter.Id);
        Assert.Contains("layout", delimiter.Message, StringComparison.Ordinal);
        Write("t.csv", Rows(1_000) + "1000,good\n");
        LakebaseError file = await RefusedAsync(options);
        Assert.Equal(ErrorIds.LoadChanged, file.Id);
        Assert.Contains("t.csv", file.Message, StringComparison.Ordinal);
        await ExecuteAsync("ALTER TABLE t ADD extra int");
        Assert.Contains("table columns", (await RefusedAsync(options with { Path = [Write("t.csv", Rows(1_000) + "x,bad\n")] })).Message, StringComparison.Ordinal);

        Write("t.csv", Rows(1_000) + "1000,good\n");
        Assert.Equal(1_001, (await LoadAsync(options with { Restart = true })).Rows);
        Assert.Equal(0, await StrayRelationsAsync());
    }

    [Fact]
    public async Task One_load_of_a_table_runs_at_a_time()
    {
        await ExecuteAsync("CREATE TABLE t (id int)");
        string file = Write("t.csv", "id\n1\n");
        await using LoadConnections connections = new(Session);
        await using LoadLedger other = new(connections, new TableName("public", "t"));
        await other.LockAsync(Cancel);

        Assert.Equal(ErrorIds.ResourceBusy, (await RefusedAsync(new BulkLoadOptions { Path = [file] })).Id);
        await other.DisposeAsync();

        Assert.Equal(1, (await LoadAsync(new BulkLoadOptions { Path = [file] })).Rows);
    }

    [Fact]
    public async Task Loads_of_the_same_input_help_each_other()
    {
        await ExecuteAsync("CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (-1, 'old')");
        BulkLoadOptions options = new() { Table = "t", Path = [Write("t.csv", Rows(60_000))], ChunkBytes = 20_000, ThrottleLimit = 2, SkipVacuum = true };

        BulkLoadResult[] results = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => LoadAsync(options)));

        Assert.All(results, result => Assert.Equal(60_000, result.Rows));
        Assert.Contains(results, result => result.Status == "Loaded" && result.Phases.Count > 0);
        Assert.Single(results.Select(result => result.ContentHash).Distinct());
        Assert.Equal((60_000L, 60_000L), (await ScalarAsync<long>("SELECT count(*) FROM t"), await ScalarAsync<long>("SELECT count(DISTINCT id) FROM t")));
        Assert.Equal(1, await ScalarAsync<long>("SELECT count(*) FROM lakebase_ops.load_table"));
        Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM lakebase_ops.load_pending"));
        Assert.Equal(0, await StrayRelationsAsync());
        Assert.Equal(0, await ScalarAsync<long>(Sessions));
    }

    [Fact]
    public async Task A_former_owner_can_no_longer_commit()
    {
        await ExecuteAsync("CREATE TABLE t (id int); INSERT INTO t VALUES (7)");
        RecordChannel records = Records(["id"]);
        Task<RecordingSink> load = RecordingSink.RunAsync(
            new BulkLoadOperation(Session, new BulkLoadOptions { Table = "t", ChunkRows = 300 }) { Records = records }, Cancel);
        Add(records, 1_024, row => [row]);
        while (!await ScalarAsync<bool>("SELECT to_regclass('lakebase_ops.load_chunk') IS NOT NULL"))
            Assert.False(load.IsCompleted);
        while (await ScalarAsync<long>("SELECT count(*) FROM lakebase_ops.load_chunk") == 0)
            Assert.False(load.IsCompleted);

        await ExecuteAsync("UPDATE lakebase_ops.load_table SET lease = gen_random_uuid()");
        long before = await ScalarAsync<long>(Loaded);
        Add(records, 512, row => [row]);
        records.TryComplete();

        Assert.Equal(ErrorIds.ResourceBusy, (await Assert.ThrowsAsync<LakebaseException>(() => load)).Error.Id);
        Assert.Equal(["(7)"], await RowsAsync("t"));
        Assert.Equal(before, await ScalarAsync<long>(Loaded));
    }

    [Fact]
    public async Task Lost_connections_are_replaced_and_nothing_is_doubled()
    {
        await ExecuteAsync("CREATE TABLE t (id int PRIMARY KEY, v text)");
        Task<BulkLoadResult> load = LoadAsync(new BulkLoadOptions
        {
            Table = "t",
            Path = [Write("t.csv", Rows(150_000))],
            ChunkBytes = 15_000,
            ThrottleLimit = 3,
        });
        // Not before it works: ten hits in a row on the one connection that it begins with would end it, as they should.
        while (!await ScalarAsync<bool>("SELECT to_regclass('lakebase_ops.load_chunk') IS NOT NULL"))
            Assert.False(load.IsCompleted);
        while (await ScalarAsync<long>("SELECT count(*) FROM lakebase_ops.load_chunk") == 0)
            Assert.False(load.IsCompleted);
        int killed = 0;
        while (!load.IsCompleted && killed < 12)
        {
            killed += (int)await ScalarAsync<long>(
                "SELECT count(pg_terminate_backend(pid)) FROM (SELECT pid FROM pg_stat_activity "
                + "WHERE application_name = 'LakebaseOps load' AND datname = current_database() AND state = 'active' LIMIT 1) victims");
        }

        BulkLoadResult result = await load;
        Assert.True(killed > 3);
        Assert.Equal((150_000L, 150_000L), (result.Rows, await ScalarAsync<long>("SELECT count(*) FROM t")));
    }

    [Fact]
    public async Task An_old_connection_is_replaced_between_chunks()
    {
        await ExecuteAsync("CREATE TABLE t (id int, v text, pid int DEFAULT pg_backend_pid())");
        BulkLoadOptions options = new()
        {
            Table = "t", Path = [Write("t.csv", Rows(1_000))], Mode = BulkLoadMode.Append, ChunkBytes = 4_000, ThrottleLimit = 1,
        };

        RecordingSink sink = await RecordingSink.RunAsync(new BulkLoadOperation(Session, options) { ConnectionLife = TimeSpan.Zero }, Cancel);

        BulkLoadResult result = Assert.Single(sink.Of<BulkLoadResult>());
        Assert.True(result.Chunks > 3);
        Assert.Equal(result.Chunks, await ScalarAsync<long>("SELECT count(DISTINCT pid) FROM t"));
    }

    [Fact]
    public async Task Append_adds_once()
    {
        await ExecuteAsync("CREATE TABLE t (id int, v text); INSERT INTO t VALUES (-1, 'old')");
        BulkLoadOptions options = new() { Table = "t", Path = [Write("t.csv", Rows(100))], Mode = BulkLoadMode.Append };

        Assert.Equal(("Loaded", 100L), ((await LoadAsync(options)) is var first ? (first.Status, first.Rows) : default));
        Assert.Equal("AlreadyLoaded", (await LoadAsync(options)).Status);
        Assert.Equal(101, await ScalarAsync<long>("SELECT count(*) FROM t"));
        Assert.Equal("Loaded", (await LoadAsync(options with { Restart = true })).Status);
        Assert.Equal(201, await ScalarAsync<long>("SELECT count(*) FROM t"));

        // An unfinished one cannot begin anew: what it has added is there.
        options = options with { Path = [Write("b.csv", Rows(100) + "x,bad\n")], ChunkBytes = 200 };
        Assert.Equal(ErrorIds.DataRejected, (await RefusedAsync(options)).Id);
        Assert.Equal(ErrorIds.LoadNotPossible, (await RefusedAsync(options with { Restart = true })).Id);
        RecordingSink removed = await RecordingSink.RunAsync(new RemoveCheckpointOperation(Session, new CheckpointOptions { Table = ["t"] }), Cancel);
        Assert.Contains("stay in the table", Assert.Single(removed.Warnings), StringComparison.Ordinal);
        Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM lakebase_ops.load_table"));
    }

    [Fact]
    public async Task Objects_load_as_they_come_and_leave_nothing_when_they_fail()
    {
        await ExecuteAsync("CREATE TABLE t (id bigint PRIMARY KEY, at timestamptz, v text, x double precision, b bytea, n numeric(10,2))");
        DateTimeOffset at = new(2026, 11, 22, 10, 0, 0, TimeSpan.FromHours(2));
        RecordChannel records = Records(["ID", "at", "v", "x", "b", "n"]);
        Task<RecordingSink> load = RecordingSink.RunAsync(
            new BulkLoadOperation(Session, new BulkLoadOptions { Table = "t", ChunkRows = 400 }) { Records = records }, Cancel);
        Add(records, 1_000, row => row == 3
            ? [3, null, "", double.PositiveInfinity, null, null]
            : [(long)row, at.AddTicks(row * 10), $"a \"{row}\"\n", row / 3.0, new byte[] { 1, (byte)row }, 1.5m]);
        records.TryComplete();

        BulkLoadResult result = Assert.Single((await load).Of<BulkLoadResult>());
        Assert.Equal((1_000L, 3, "Loaded"), (result.Rows, result.Chunks, result.Status));
        Assert.Equal("(3,,\"\",Infinity,,)", (await ScalarAsync<string>("SELECT t::text FROM t WHERE id = 3")));
        Assert.True(await ScalarAsync<bool>(
            "SELECT at = '2026-11-22 08:00:00.000007+00' AND v = E'a \"7\"\n' AND x = 7 / 3.0::float8 AND b = '\\x0107' AND n = 1.50 FROM t WHERE id = 7"));

        records = Records(["id"]);
        load = RecordingSink.RunAsync(new BulkLoadOperation(Session, new BulkLoadOptions { Table = "t", ChunkRows = 100 }) { Records = records }, Cancel);
        Add(records, 512, row => [row == 500 ? "five" : row]);
        records.TryComplete();
        LakebaseException failed = await Assert.ThrowsAsync<LakebaseException>(() => load);
        Assert.Contains("input object 501", failed.Message, StringComparison.Ordinal);
        Assert.Equal(1_000, await ScalarAsync<long>("SELECT count(*) FROM t"));
        Assert.Equal(0, await StrayRelationsAsync());
    }

    [Fact]
    public async Task A_checkpoint_can_be_removed()
    {
        await ExecuteAsync("CREATE TABLE t (id int PRIMARY KEY, v text)");
        BulkLoadOptions options = new() { Table = "t", Path = [Write("t.csv", Rows(1_000) + "x,bad\n")], ChunkBytes = 500 };
        await RefusedAsync(options);
        Assert.Equal(1, await StrayRelationsAsync());

        await RecordingSink.RunAsync(new RemoveCheckpointOperation(Session, new CheckpointOptions { Table = ["*"] }), Cancel);

        Assert.Equal(0, await StrayRelationsAsync());
        Assert.Equal(ErrorIds.CheckpointNotFound, (await Assert.ThrowsAsync<LakebaseException>(
            () => RecordingSink.RunAsync(new RemoveCheckpointOperation(Session, new CheckpointOptions { Table = ["t"] }), Cancel))).Error.Id);
    }

    internal static string Rows(int count)
    {
        StringBuilder text = new("id,v\n");
        for (int i = 0; i < count; i++)
            text.Append(CultureInfo.InvariantCulture, $"{i},\"row {i * 7919L % count}\n{(i % 5 == 0 ? "\"\"" : ",")}\"\n");
        return text.ToString();
    }

    private static RecordChannel Records(string[] names)
    {
        RecordChannel records = new();
        records.Begin(names);
        return records;
    }

    private static void Add(RecordChannel records, int count, Func<int, object?[]> values)
    {
        for (int i = 0; i < count; i++)
            Assert.True(records.TryAdd(values(i)));
    }
}
