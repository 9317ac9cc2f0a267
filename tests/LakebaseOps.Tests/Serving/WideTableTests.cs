using LakebaseOps.Operations;
using LakebaseOps.Serving;

namespace LakebaseOps.Tests.Serving;

public sealed class WideTableTests(PostgresServer server) : DatabaseTest(server)
{
    private static readonly InstallWideTableOptions Options = new() { Table = ["a", "b"] };

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await ExecuteAsync("CREATE TABLE a (k text PRIMARY KEY, v bigint); CREATE TABLE b (k varchar(9) PRIMARY KEY, w text, x interval); INSERT INTO a VALUES ('1', 2), ('2', 3); INSERT INTO b VALUES ('1', 'p', NULL), ('3', NULL, '1 day')");
    }

    [Fact]
    public async Task It_is_installed_made_anew_and_removed()
    {
        OperationPlan plan = await new InstallWideTableOperation(Session, Options).DescribeAsync(Cancel);
        Assert.Contains(plan.Steps, step => step.StartsWith("CREATE TABLE", StringComparison.Ordinal));
        Assert.Equal(0L, await TablesAsync());
        Assert.Equal(ErrorIds.WideNotInstalled, (await Assert.ThrowsAsync<LakebaseException>(() => GetAsync("1"))).Error.Id);

        WideTableResult installed = await RunAsync(Options);
        Assert.Equal(("Installed", 3L), (installed.Action, installed.Rows));
        Assert.Equal(["public.a", "public.b"], installed.Table);
        Assert.Equal([2L, "p", null], await GetAsync("1"));
        Assert.Equal([3L], await GetAsync("2"));
        Assert.Equal([null, "1 day"], await GetAsync("3"));
        Assert.Empty(await GetAsync("4"));

        // Its rows are those of the moment it was made, until it is made anew.
        await ExecuteAsync("UPDATE a SET v = 7 WHERE k = '1'");
        Assert.Equal([2L, "p", null], await GetAsync("1"));
        Assert.Equal("Replaced", (await RunAsync(Options with { Table = ["b", "a"] })).Action);
        Assert.Equal([7L, "p", null], await GetAsync("1"));
        Assert.Equal(1L, await TablesAsync());

        await ExecuteAsync("ALTER TABLE a ADD COLUMN extra double precision DEFAULT 1.5");
        LakebaseException stale = await Assert.ThrowsAsync<LakebaseException>(() => GetAsync("1"));
        Assert.Equal(ErrorIds.WideStale, stale.Error.Id);
        Assert.Contains("Install-LakebaseWideTable", stale.Message, StringComparison.Ordinal);
        Assert.Equal("Replaced", (await RunAsync(Options)).Action);
        Assert.Equal([7L, 1.5, "p", null], await GetAsync("1"));

        Assert.Equal("Removed", (await RunAsync(Options with { Remove = true })).Action);
        Assert.Equal("Absent", (await RunAsync(Options with { Remove = true })).Action);
        Assert.Equal(0L, await TablesAsync());
    }

    [Fact]
    public async Task Keys_that_are_not_unique_leave_the_old_one_as_it_was()
    {
        await ExecuteAsync("CREATE TABLE keyless (k text, v bigint); INSERT INTO keyless VALUES ('1', 1), (NULL, 2)");
        InstallWideTableOptions options = Options with { Table = ["a", "keyless"], KeyColumn = "k", Schema = "odd \"schema\"; --" };
        Assert.Equal(2, (await RunAsync(options)).Rows);
        await ExecuteAsync("INSERT INTO keyless VALUES ('1', 3)");
        Npgsql.PostgresException refused = await Assert.ThrowsAsync<Npgsql.PostgresException>(() => RunAsync(options));
        Assert.Equal("23505", refused.SqlState);
        Assert.Equal(1L, await TablesAsync());
    }

    private Task<long> TablesAsync() => ScalarAsync<long>("SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relname LIKE 'wide%'");

    private async Task<IReadOnlyList<object?>> GetAsync(string key)
    {
        RecordingSink sink = await RecordingSink.RunAsync(
            new GetFeatureOperation(Session, new GetFeatureOptions { Table = Options.Table, Key = [key], Mode = FeatureMode.Wide }), Cancel);
        return [.. sink.Of<FeatureRow>().Where(row => row.Found).SelectMany(row => row.Values.Values)];
    }

    private async Task<WideTableResult> RunAsync(InstallWideTableOptions options) =>
        Assert.Single((await RecordingSink.RunAsync(new InstallWideTableOperation(Session, options), Cancel)).Of<WideTableResult>());
}
