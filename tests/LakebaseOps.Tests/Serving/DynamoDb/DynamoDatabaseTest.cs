using LakebaseOps.Serving;
using LakebaseOps.Serving.DynamoDb;
using Npgsql;

namespace LakebaseOps.Tests.Serving.DynamoDb;

/// <summary>Base of tests that copy tables into DynamoDB; each has names of its own there.</summary>
public abstract class DynamoDatabaseTest(PostgresServer server, DynaliteServer dynamo) : DatabaseTest(server), IClassFixture<DynaliteServer>
{
    protected Uri Url => dynamo.Url;

    protected string Prefix { get; } = $"test-{Guid.NewGuid():N}.";

    protected InstallDynamoDbTableOptions Install(params string[] tables) => new() { Table = tables, ServiceUrl = Url, TablePrefix = Prefix, ThrottleLimit = 3 };

    protected async Task<IReadOnlyList<DynamoDbTableResult>> RunAsync(InstallDynamoDbTableOptions options) =>
        (await RecordingSink.RunAsync(new InstallDynamoDbTableOperation(Session, options), Cancel)).Of<DynamoDbTableResult>();

    protected async Task<LakebaseError> FailAsync(InstallDynamoDbTableOptions options) =>
        (await Assert.ThrowsAsync<LakebaseException>(() => new InstallDynamoDbTableOperation(Session, options).RunAsync(new RecordingSink(), Cancel))).Error;

    private protected DynamoClient Client() => new DynamoEndpoint(Url, null).Open(4, retries: 0);

    /// <summary>The plan of some tables.</summary>
    private protected async Task<FeaturePlan> PlanAsync(FeatureOptions options)
    {
        await using NpgsqlConnection connection = await Session.OpenAsync(Cancel);
        return await FeaturePlan.ReadAsync(connection, options, Cancel);
    }
}
