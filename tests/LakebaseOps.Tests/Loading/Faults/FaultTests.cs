using LakebaseOps.Connections;
using LakebaseOps.Loading;
using LakebaseOps.Loading.Ledger;
using Npgsql;

namespace LakebaseOps.Tests.Loading.Faults;

/// <summary>The faults that matter most, each alone and at a place that is certain.</summary>
public sealed class FaultTests(PostgresServer server) : LoadTest(server)
{
    // One that fell silent before it was open, and so before anybody knew its number, holds nothing; the server ends it by its keepalives.
    private const string Sessions =
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'LakebaseOps load' AND datname = current_database() AND query_start IS NOT NULL";

    // A loader that does not notice waits for ever.
    [Theory(Timeout = 180_000)]
    [InlineData("t.csv", nameof(FaultAction.LoseAnswer))]
    [InlineData("t.csv", nameof(FaultAction.LateCommit))]
    [InlineData("t.csv", nameof(FaultAction.Blackhole))]
    [InlineData("t.csv.gz", nameof(FaultAction.LoseAnswer))]
    [InlineData("t.csv.gz", nameof(FaultAction.LateCommit))]
    [InlineData("t.csv.gz", nameof(FaultAction.Blackhole))]
    public async Task A_commit_without_an_answer_is_looked_up_not_guessed(string name, string action)
    {
        await ExecuteAsync("CREATE TABLE t (id int PRIMARY KEY, v text)");
        string file = Write(name, ResumeTests.Rows(4_000));
        await using FaultProxy proxy = new(Server.Options.Port ?? Session.Port);
        // The first commits are those of the stage table and of cutting; then come those of chunks.
        for (int commit = 3; commit < 9; commit += 2)
            proxy.Arm(new WireFault(FaultMoment.Commit, commit, Enum.Parse<FaultAction>(action)));

        BulkLoadResult result = await ThroughAsync(proxy, new BulkLoadOptions { Table = "t", Path = [file], ChunkBytes = 10_000, ThrottleLimit = 2 });

        Assert.Equal(3, proxy.Fired);
        Assert.Equal((4_000L, 4_000L), (result.Rows, await ScalarAsync<long>("SELECT count(*) FROM t")));
        Assert.Equal(4_000L, await ScalarAsync<long>("SELECT count(DISTINCT id) FROM t"));
    }

    // A loader that does not notice waits for ever.
    [Theory(Timeout = 180_000)]
    [InlineData(nameof(FaultMoment.BytesToServer), 60_000)]
    [InlineData(nameof(FaultMoment.BytesToServer), 90_000)]
    [InlineData(nameof(FaultMoment.BytesToClient), 20_000)]
    [InlineData(nameof(FaultMoment.Statement), 60)]
    public async Task A_silent_connection_is_noticed_and_its_session_ended(string moment, int at)
    {
        await ExecuteAsync("CREATE TABLE t (id int PRIMARY KEY, v text)");
        string file = Write("t.csv", ResumeTests.Rows(8_000));
        await using FaultProxy proxy = new(Server.Options.Port ?? Session.Port);
        proxy.Arm(new WireFault(Enum.Parse<FaultMoment>(moment), at, FaultAction.Blackhole));

        BulkLoadResult result = await ThroughAsync(proxy, new BulkLoadOptions { Table = "t", Path = [file], ChunkBytes = 20_000, ThrottleLimit = 2 });

        Assert.Equal(1, proxy.Fired);
        Assert.Equal((8_000L, 8_000L), (result.Rows, await ScalarAsync<long>("SELECT count(DISTINCT id) FROM t")));
        // The proxy still holds the silent connection: only the loader can have ended its session.
        while (await ScalarAsync<long>(Sessions) > 0)
            await Task.Delay(10, Cancel);
    }

    // A loader that does not notice waits for ever.
    [Theory(Timeout = 180_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_part_is_freed_that_a_silent_session_of_a_process_that_is_gone_still_holds(bool isCutting)
    {
        await ExecuteAsync("CREATE TABLE t (id int PRIMARY KEY, v text)");
        BulkLoadOptions options = new() { Table = "t", Path = [Write("t.csv", ResumeTests.Rows(300_000))], ChunkBytes = 20_000, ThrottleLimit = 2, SkipVacuum = true };
        await using NpgsqlConnection gone = await OpenAsLoaderAsync();
        bool holds = false;
        RecordingSink sink = new()
        {
            OnProgress = progress =>
            {
                // Both workers report, and the connection does one thing at a time; who waited here might be the one that is waited for.
                if (!progress.Status.Contains("rows/s", StringComparison.Ordinal) || !Monitor.TryEnter(gone))
                    return;
                try
                {
                    holds = holds || Claim(gone, isCutting);
                }
                finally
                {
                    Monitor.Exit(gone);
                }
            },
        };

        await new BulkLoadOperation(Session, options) { Patience = TimeSpan.FromMilliseconds(600) }.RunAsync(sink, Cancel);

        Assert.True(holds);
        Assert.Equal(300_000, Assert.Single(sink.Of<BulkLoadResult>()).Rows);
        Assert.Equal((300_000L, 300_000L), (await ScalarAsync<long>("SELECT count(*) FROM t"), await ScalarAsync<long>("SELECT count(DISTINCT id) FROM t")));
        using NpgsqlCommand alive = new("SELECT 1", gone);
        Assert.ThrowsAny<NpgsqlException>(() => alive.ExecuteScalar());
    }

    // A loader that does not notice waits for ever.
    [Theory(Timeout = 180_000)]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    public async Task A_load_whose_input_passes_by_is_freed_from_a_silent_session_of_a_process_that_is_gone(bool isCommitting, bool restart)
    {
        await ExecuteAsync("CREATE TABLE t (id int PRIMARY KEY, v text)");
        BulkLoadOptions options = new() { Table = "t", Path = [Write("t.csv.gz", ResumeTests.Rows(200_000))], ChunkBytes = 20_000, ThrottleLimit = 2, SkipVacuum = true };
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        RecordingSink stopping = new()
        {
            OnProgress = progress =>
            {
                if (progress.Status.Contains("rows/s", StringComparison.Ordinal))
                    stop.Cancel();
            },
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new BulkLoadOperation(Session, options).RunAsync(stopping, stop.Token));
        string stage = await ScalarAsync<string>("SELECT stage_name FROM lakebase_ops.load_table");
        await using NpgsqlConnection gone = await OpenAsLoaderAsync();
        using NpgsqlCommand part = new(
            $"""
            BEGIN;
            DO $do$ BEGIN PERFORM {ChunkBooks.Hold.Replace("$1", "(SELECT load_id FROM lakebase_ops.load_table)", StringComparison.Ordinal)}; END $do$;
            INSERT INTO {TableName.Quote(stage)} VALUES (-1, 'never committed');
            {(isCommitting ? "SELECT FROM lakebase_ops.load_table FOR SHARE" : "")}
            """, gone);
        await part.ExecuteNonQueryAsync(Cancel);

        RecordingSink sink = new();
        await new BulkLoadOperation(Session, options with { Restart = restart }) { Patience = TimeSpan.FromMilliseconds(600) }.RunAsync(sink, Cancel);

        Assert.Equal(200_000, Assert.Single(sink.Of<BulkLoadResult>()).Rows);
        Assert.Equal((200_000L, 0L), (await ScalarAsync<long>("SELECT count(DISTINCT id) FROM t"), await ScalarAsync<long>("SELECT count(*) FROM t WHERE id < 0")));
        using NpgsqlCommand alive = new("SELECT 1", gone);
        Assert.ThrowsAny<NpgsqlException>(() => alive.ExecuteScalar());
    }

    // A loader that does not notice waits for ever.
    [Theory(Timeout = 180_000)]
    [InlineData(nameof(FaultMoment.Index), 1, nameof(FaultAction.Blackhole), BulkLoadMode.Replace)]
    [InlineData(nameof(FaultMoment.Index), 2, nameof(FaultAction.Unanswered), BulkLoadMode.Replace)]
    [InlineData(nameof(FaultMoment.Index), 1, nameof(FaultAction.Unanswered), BulkLoadMode.Append)]
    [InlineData(nameof(FaultMoment.Vacuum), 1, nameof(FaultAction.Unanswered), BulkLoadMode.Replace)]
    public async Task A_build_or_vacuum_whose_connection_falls_silent_is_done_again(string moment, int at, string action, BulkLoadMode mode)
    {
        await ExecuteAsync("CREATE TABLE t (id int PRIMARY KEY, v text); CREATE INDEX t_v ON t (v)");
        string file = Write("t.csv", ResumeTests.Rows(2_000));
        await using FaultProxy proxy = new(Server.Options.Port ?? Session.Port);
        proxy.Arm(new WireFault(Enum.Parse<FaultMoment>(moment), at, Enum.Parse<FaultAction>(action)));

        BulkLoadResult result = await ThroughAsync(proxy, new BulkLoadOptions { Table = "t", Path = [file], Mode = mode, AppendIndexes = AppendIndexes.Rebuild });

        Assert.Equal((1, 2_000L), (proxy.Fired, result.Rows));
        Assert.Equal(2, await ScalarAsync<long>("SELECT count(*) FROM pg_index WHERE indrelid = 't'::regclass AND indisvalid"));
        Assert.Equal(0, await StrayRelationsAsync());
        while (await ScalarAsync<long>(Sessions) > 0)
            await Task.Delay(10, Cancel);
    }

    [Fact]
    public async Task A_build_that_takes_long_is_waited_for()
    {
        // While it runs its server sends nothing for many times the patience.
        await ExecuteAsync(
            """
            CREATE FUNCTION slowly(n int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN PERFORM pg_sleep(0.5); RETURN n; END';
            CREATE TABLE t (id int); CREATE INDEX t_id ON t (slowly(id));
            """);
        string file = Write("t.csv", "id\n1\n2\n3\n4\n");
        await using FaultProxy proxy = new(Server.Options.Port ?? Session.Port);

        await ThroughAsync(proxy, new BulkLoadOptions { Table = "t", Path = [file] });

        Assert.Equal(1, proxy.Count(FaultMoment.Index));
    }

    [Fact]
    public async Task A_server_that_comes_back_elsewhere_is_found_there()
    {
        await ExecuteAsync("CREATE TABLE t (id int PRIMARY KEY, v text)");
        string file = Write("t.csv", ResumeTests.Rows(8_000));
        await using FaultProxy proxy = new(1) { ServerPort = Session.Port };
        await using FaultProxy elsewhere = new(Session.Port);
        proxy.Arm(new WireFault(FaultMoment.BytesToServer, 80_000, FaultAction.Reset)
        {
            Then = () =>
            {
                proxy.ServerPort = elsewhere.Port;
                proxy.CloseAll();
            },
        });

        BulkLoadResult result = await ThroughAsync(proxy, new BulkLoadOptions { Table = "t", Path = [file], ChunkBytes = 20_000, ThrottleLimit = 2 });

        Assert.Equal((8_000L, 8_000L), (result.Rows, await ScalarAsync<long>("SELECT count(DISTINCT id) FROM t")));
        Assert.True(elsewhere.Count(FaultMoment.Connect) > 0);
    }

    /// <summary>A connection that looks as one of a load.</summary>
    private async Task<NpgsqlConnection> OpenAsLoaderAsync()
    {
        NpgsqlConnection connection = new(new NpgsqlConnectionStringBuilder(Session.Options.ConnectionString)
        {
            Host = Session.Host, Port = Session.Port, Database = Session.Database, Username = Session.Username, ApplicationName = "LakebaseOps load", Pooling = false,
            Password = new System.Net.NetworkCredential("", Session.Options.Secret).Password,
        }.ConnectionString);
        await connection.OpenAsync(Cancel);
        return connection;
    }

    private async Task<BulkLoadResult> ThroughAsync(FaultProxy proxy, BulkLoadOptions options)
    {
        NpgsqlConnectionStringBuilder settings = new(Session.Options.ConnectionString)
        {
            SslMode = SslMode.Disable,
            GssEncryptionMode = GssEncryptionMode.Disable,
        };
        await using PostgresSession through = await SessionFactory.ConnectAsync(
            Session.Options with { Port = proxy.Port, TimeoutSeconds = 3, ConnectionString = settings.ConnectionString }, Cancel);
        RecordingSink sink = await RecordingSink.RunAsync(
            new BulkLoadOperation(through, options) { Patience = TimeSpan.FromMilliseconds(600) }, Cancel);
        return Assert.Single(sink.Of<BulkLoadResult>());
    }

    /// <summary>Takes what a worker takes before it cuts or sends, and leaves the transaction open; false when nothing is to be had.</summary>
    private static bool Claim(NpgsqlConnection connection, bool isCutting)
    {
        using NpgsqlCommand begin = new("ROLLBACK; BEGIN", connection);
        begin.ExecuteNonQuery();
        using NpgsqlCommand id = new("SELECT load_id FROM lakebase_ops.load_table", connection);
        Guid load = (Guid)id.ExecuteScalar()!;
        using NpgsqlCommand claim = new(isCutting
            ? $"SELECT input, {ChunkBooks.Hold} FROM lakebase_ops.load_input WHERE load_id = $1 AND NOT is_cut FOR UPDATE"
            : $"DELETE FROM lakebase_ops.load_pending WHERE (input, range_from) = (SELECT input, range_from FROM lakebase_ops.load_pending WHERE load_id = $1 LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING input, {ChunkBooks.Hold}", connection)
        { Parameters = { new() { Value = load } } };
        return claim.ExecuteScalar() is not null;
    }
}
