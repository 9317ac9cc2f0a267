using LakebaseOps.Connections;
using LakebaseOps.Operations;

namespace LakebaseOps.Tests.Connections;

public sealed class InvokeQueryTests(PostgresServer server) : DatabaseTest(server)
{
    [Fact]
    public async Task Rows_keep_names_values_and_result_sets()
    {
        RecordingSink sink = await RunAsync(new QueryOptions
        {
            Query = "SELECT :a AS a, @b + 1 AS b, NULL AS n, 2 AS a, :list AS list, :day = '2026-01-31'::date AS same; SELECT 'second' AS x",
            Parameters = new Dictionary<string, object?>
            {
                ["a"] = "text", [":b"] = 41, ["list"] = new object?[] { 1, null, 3 }, ["day"] = "2026-01-31",
            },
        });
        QueryRow[] rows = [.. sink.Of<QueryRow>()];
        Assert.Equal(["a", "b", "n", "a_2", "list", "same"], rows[0].Columns);
        Assert.Equal(["text", 42, null, 2, new int?[] { 1, null, 3 }, true], rows[0].Values);
        Assert.Equal(("second", 1), (rows[1]["X"], rows[1].ResultSet));
    }

    [Fact]
    public async Task A_read_only_query_changes_nothing()
    {
        await ExecuteAsync("CREATE TABLE kept AS SELECT 1 AS n; CREATE FUNCTION wipe() RETURNS int LANGUAGE sql AS 'DELETE FROM kept RETURNING n'");
        LakebaseError error = await FailsAsync(new QueryOptions { Query = "SELECT wipe()", ReadOnly = true });
        Assert.Equal((ErrorIds.ReadOnly, "25006"), (error.Id, error.SqlState));
        Assert.Equal(1L, await ScalarAsync<long>("SELECT count(*) FROM kept"));
    }

    [Fact]
    public async Task Each_refusal_has_its_id()
    {
        Assert.Equal(ErrorIds.ObjectNotFound, (await FailsAsync(new QueryOptions { Query = "SELECT * FROM nowhere" })).Id);
        Assert.Equal(ErrorIds.StatementFailed, (await FailsAsync(new QueryOptions { Query = "SELEC" })).Id);
        Assert.Equal(ErrorIds.OperationTimeout, (await FailsAsync(
            new QueryOptions { Query = "SELECT pg_sleep(60)", CommandTimeoutSeconds = 1 })).Id);
        Assert.Equal(ErrorIds.ValueNotReadable, (await FailsAsync(
            new QueryOptions { Query = "SELECT 'NaN'::numeric AS odd" })).Id);
    }

    [Fact]
    public async Task A_stopped_query_leaves_no_statement_on_the_server()
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        Task running = RecordingSink.RunAsync(
            new InvokeQueryOperation(Session, new QueryOptions { Query = "SELECT pg_sleep(600) /* to be stopped */" }), stop.Token);
        const string Active = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%to be stopped%' AND pid <> pg_backend_pid()";
        while (await ScalarAsync<long>(Active) == 0)
            await Task.Delay(10, Cancel);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.Equal(0L, await ScalarAsync<long>(Active));
    }

    [Fact]
    public async Task Every_layer_of_a_good_connection_passes_and_a_missing_table_fails_the_last()
    {
        ConnectionOptions here = Server.Options with { Database = Session.Database };
        Assert.All(await LayersAsync(new TestConnectionOptions(here)), check => Assert.Equal(CheckStatus.Passed, check.Status));
        IReadOnlyList<ConnectionCheck> checks = await LayersAsync(new TestConnectionOptions(here) { Table = ["absent"] });
        Assert.Equal((ConnectionLayer.Privileges, CheckStatus.Failed, ErrorIds.ObjectNotFound), (checks[^1].Layer, checks[^1].Status, checks[^1].ErrorId));

        checks = await LayersAsync(new TestConnectionOptions(here with { Secret = SessionFactory.Conceal("wrong") }));
        Assert.Equal(Enum.GetValues<ConnectionLayer>(), checks.Select(check => check.Layer));
        Assert.Equal((CheckStatus.Failed, ErrorIds.AuthenticationFailed), (checks[3].Status, checks[3].ErrorId));
        Assert.All(checks.Skip(4), check => Assert.Equal(CheckStatus.Skipped, check.Status));
        checks = await LayersAsync(new TestConnectionOptions(here with { Database = "absent" }));
        Assert.Equal((CheckStatus.Passed, CheckStatus.Failed), (checks[3].Status, checks[4].Status));
        checks = await LayersAsync(new TestConnectionOptions(here with { HostName = "no-such-host.invalid" }));
        Assert.Equal((CheckStatus.Failed, ErrorIds.ConnectionFailed), (checks[0].Status, checks[0].ErrorId));

        RecordingSink quiet = await RecordingSink.RunAsync(
            new TestConnectionOperation(new SessionRegistry(), new TestConnectionOptions(here) { Quiet = true }), Cancel);
        Assert.Equal([true], quiet.Results);
    }

    private static async Task<IReadOnlyList<ConnectionCheck>> LayersAsync(TestConnectionOptions options) =>
        (await RecordingSink.RunAsync(new TestConnectionOperation(new SessionRegistry(), options), Cancel)).Of<ConnectionCheck>();

    private Task<RecordingSink> RunAsync(QueryOptions options) => RecordingSink.RunAsync(new InvokeQueryOperation(Session, options), Cancel);

    private async Task<LakebaseError> FailsAsync(QueryOptions options) =>
        ErrorTranslator.Translate(await Assert.ThrowsAnyAsync<Exception>(() => RunAsync(options)));
}
