using LakebaseOps.Connections;
using LakebaseOps.Indexing;
using LakebaseOps.Loading;
using LakebaseOps.Operations;
using Npgsql;

namespace LakebaseOps.Tests.Loading.Faults;

/// <summary>Connections that fall silent anywhere, be it before a load's own: it goes on or says so, and the next call finishes.</summary>
public sealed class SilenceTests(PostgresServer server) : LoadTest(server)
{
    // One that does not notice waits for ever.
    [Theory(Timeout = 60_000)]
    // Before a statement of planning arrives, and one that makes the books; then wherever so many bytes lead.
    [InlineData(nameof(FaultMoment.Statement), 3)]
    [InlineData(nameof(FaultMoment.Statement), 30)]
    [InlineData(nameof(FaultMoment.BytesToClient), 14_000)]
    [InlineData(nameof(FaultMoment.BytesToClient), 16_000)]
    [InlineData(nameof(FaultMoment.BytesToServer), 40_000)]
    public async Task A_load_of_which_any_connection_falls_silent_ends(string moment, int at)
    {
        await ExecuteAsync("CREATE TABLE t (id int PRIMARY KEY, v text); CREATE INDEX t_v ON t (v)");
        BulkLoadOptions options = new() { Table = "t", Path = [Write("t.csv", ResumeTests.Rows(8_000))], ChunkBytes = 20_000, ThrottleLimit = 2 };
        await using FaultProxy proxy = new(Server.Options.Port ?? Session.Port);
        proxy.Arm(new WireFault(Enum.Parse<FaultMoment>(moment), at, FaultAction.Silence));
        await using PostgresSession through = Through(proxy);

        Exception? failed = await Record.ExceptionAsync(() => LoadAsync(through));

        Assert.Equal(1, proxy.Fired);
        if (failed is not null)
            Assert.Equal(ErrorIds.ConnectionLost, Assert.IsType<LakebaseException>(failed).Error.Id);
        // Nothing that the silent session holds is in the way of the same call.
        await LoadAsync(Session);
        Assert.Equal((8_000L, 8_000L), (await ScalarAsync<long>("SELECT count(*) FROM t"), await ScalarAsync<long>("SELECT count(DISTINCT id) FROM t")));

        Task LoadAsync(PostgresSession session) => RecordingSink.RunAsync(
            new BulkLoadOperation(session, options) { Patience = TimeSpan.FromMilliseconds(300) }, Cancel);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_build_does_not_wait_for_who_looks_on()
    {
        await using FaultProxy proxy = new(Server.Options.Port ?? Session.Port);
        await using PostgresSession through = Through(proxy);
        TaskCompletionSource silent = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (await through.OpenAsync(Cancel))
            proxy.Arm(new WireFault(FaultMoment.Statement, 1, FaultAction.Silence) { Then = silent.SetResult });
        RecordingSink sink = new();
        IndexWatch watch = new(through, sink);

        await watch.DuringAsync(1, "t_v", new IndexProgress("t_v", new IndexBuildSettings(), default, sink), () => silent.Task);
        await watch.DisposeAsync();

        Assert.Equal(1, proxy.Fired);
    }

    private PostgresSession Through(FaultProxy proxy) => SessionFactory.Open(
        Session.Options with
        {
            Port = proxy.Port,
            TimeoutSeconds = 2,
            ConnectionString = new NpgsqlConnectionStringBuilder(Session.Options.ConnectionString)
            {
                SslMode = SslMode.Disable,
                GssEncryptionMode = GssEncryptionMode.Disable,
            }.ConnectionString,
        },
        Session.ServerVersion);
}
