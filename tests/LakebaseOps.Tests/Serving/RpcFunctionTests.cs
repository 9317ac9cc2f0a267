using LakebaseOps.Operations;
using LakebaseOps.Serving;

namespace LakebaseOps.Tests.Serving;

[EachServer("How a function is stored, compared and allowed is the server's.")]
public sealed class RpcFunctionTests(PostgresServer server) : DatabaseTest(server)
{
    private static readonly InstallRpcFunctionOptions Options = new() { Table = ["a", "b"] };

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await ExecuteAsync("CREATE TABLE a (k text PRIMARY KEY, v bigint); CREATE TABLE b (k text PRIMARY KEY, w text, x text); INSERT INTO a VALUES ('1', 2); INSERT INTO b VALUES ('1', 'p', NULL)");
    }

    [Fact]
    public async Task It_is_installed_kept_replaced_and_removed()
    {
        OperationPlan plan = await new InstallRpcFunctionOperation(Session, Options).DescribeAsync(Cancel);
        Assert.Contains(plan.Steps, step => step.StartsWith("CREATE FUNCTION", StringComparison.Ordinal));
        Assert.Equal(0L, await FunctionsAsync());

        RpcFunctionResult installed = await RunAsync(Options);
        Assert.Equal("Installed", installed.Action);
        Assert.Equal(["public.a", "public.b"], installed.Table);
        Assert.Equal("Unchanged", (await RunAsync(Options with { Table = ["b", "a", "a"] })).Action);
        Assert.Equal(1L, await FunctionsAsync());
        Assert.True(await ScalarAsync<bool>("SELECT NOT prosecdef AND proconfig = ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE proname LIKE 'features%'"));

        await ExecuteAsync("ALTER TABLE a ADD COLUMN extra double precision DEFAULT 1.5");
        LakebaseException stale = await Assert.ThrowsAsync<LakebaseException>(() => GetAsync());
        Assert.Equal(ErrorIds.RpcStale, stale.Error.Id);
        Assert.Contains("Install-LakebaseRpcFunction", stale.Message, StringComparison.Ordinal);
        Assert.Equal("Replaced", (await RunAsync(Options)).Action);
        Assert.Equal([2L, 1.5, "p", null], (await GetAsync()).SelectMany(row => row.Values.Values));

        Assert.Equal("Removed", (await RunAsync(Options with { Remove = true })).Action);
        Assert.Equal("Absent", (await RunAsync(Options with { Remove = true })).Action);
        Assert.Equal(0L, await FunctionsAsync());
        Assert.Equal(ErrorIds.RpcNotInstalled, (await Assert.ThrowsAsync<LakebaseException>(() => GetAsync())).Error.Id);
    }

    [Fact]
    public async Task It_may_live_in_another_schema_and_runs_with_the_rights_of_its_caller()
    {
        const string Schema = "odd \"schema\"; --";
        Assert.StartsWith(new TableName(Schema, "features_").ToString(), (await RunAsync(Options with { Schema = Schema })).Function, StringComparison.Ordinal);
        Assert.Equal(2, (await GetAsync()).Count);
        Assert.Equal("Replaced", (await RunAsync(Options)).Action);
        Assert.Equal(1L, await FunctionsAsync());

        string role = $"reader_{Guid.NewGuid():N}";
        string function = await ScalarAsync<string>("SELECT p.oid::regproc::text FROM pg_proc p WHERE proname LIKE 'features%'");
        await ExecuteAsync($"CREATE ROLE {role}; GRANT USAGE ON SCHEMA lakebase_ops TO {role}; GRANT SELECT ON a TO {role}");
        try
        {
            Npgsql.PostgresException refused = await Assert.ThrowsAsync<Npgsql.PostgresException>(
                () => ExecuteAsync($"SET ROLE {role}; SELECT * FROM {function}('1')"));
            Assert.Equal("42501", refused.SqlState);
        }
        finally
        {
            await ExecuteAsync($"RESET ROLE; DROP OWNED BY {role}; DROP ROLE {role}");
        }
    }

    private Task<long> FunctionsAsync() => ScalarAsync<long>("SELECT count(*) FROM pg_proc WHERE proname LIKE 'features%'");

    private async Task<RpcFunctionResult> RunAsync(InstallRpcFunctionOptions options) =>
        Assert.Single((await RecordingSink.RunAsync(new InstallRpcFunctionOperation(Session, options), Cancel)).Of<RpcFunctionResult>());

    private async Task<IReadOnlyList<FeatureRow>> GetAsync() => (await RecordingSink.RunAsync(
        new GetFeatureOperation(Session, new GetFeatureOptions { Table = ["a", "b"], Key = ["1"], Mode = FeatureMode.Rpc }), Cancel)).Of<FeatureRow>();
}
