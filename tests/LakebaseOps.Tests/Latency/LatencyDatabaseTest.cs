using LakebaseOps.Latency;
using LakebaseOps.Serving;

namespace LakebaseOps.Tests.Latency;

/// <summary>Base of tests that measure: three small tables with generated keys of the entity "card".</summary>
public abstract class LatencyDatabaseTest(PostgresServer server) : DatabaseTest(server)
{
    protected static readonly string[] Tables = ["card__rates", "card__times", "card__good"];

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        foreach ((string table, int rows) in Tables.Zip([500, 400, 500]))
        {
            await ExecuteAsync(
                $"""
                CREATE TABLE {table} (hashkey text PRIMARY KEY, a double precision, b bigint{(table == "card__times" ? ", c timestamptz" : "")});
                INSERT INTO {table} (hashkey, a, b)
                SELECT encode(sha256(convert_to('card:' || g, 'UTF8')), 'hex'), g / 7.0, g FROM generate_series(0, {rows - 1}) g
                """);
        }
    }

    protected static MeasureFeatureLatencyOptions Options { get; } = new()
    {
        Table = Tables,
        Entity = ["card"],
        Requests = 400,
        WarmUpLimit = 50,
    };

    protected async Task InstallAsync()
    {
        await RecordingSink.RunAsync(new InstallRpcFunctionOperation(Session, new InstallRpcFunctionOptions { Table = Tables, Entity = ["card"] }), Cancel);
        await RecordingSink.RunAsync(new InstallWideTableOperation(Session, new InstallWideTableOptions { Table = Tables, Entity = ["card"] }), Cancel);
    }

    protected async Task<IReadOnlyList<LatencyResult>> MeasureAsync(MeasureFeatureLatencyOptions options)
    {
        RecordingSink sink = await RecordingSink.RunAsync(new MeasureFeatureLatencyOperation(Session, options), Cancel);
        return sink.Of<LatencyResult>();
    }

    protected async Task<LatencyResult> MeasureOneAsync(MeasureFeatureLatencyOptions options) =>
        Assert.Single(await MeasureAsync(options));

    /// <summary>Sessions of feature pools that the server still has in this database.</summary>
    protected Task<long> FeatureSessionsAsync() => ScalarAsync<long>(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'LakebaseOps features'");
}
