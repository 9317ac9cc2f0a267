using LakebaseOps.Connections;
using LakebaseOps.Operations;
using Npgsql;

namespace LakebaseOps.Serving;

/// <summary>Get-LakebaseFeature.</summary>
[Command("Get-LakebaseFeature", Writes = false)]
public sealed class GetFeatureOperation(LakebaseSession session, GetFeatureOptions options) : Operation
{
    /// <inheritdoc />
    public override Task<OperationPlan> DescribeAsync(CancellationToken cancellationToken) =>
        Task.FromResult(new OperationPlan(session.Name, $"Read features in mode {options.Mode}"));

    /// <inheritdoc />
    public override async Task RunAsync(IOperationSink sink, CancellationToken cancellationToken)
    {
        PostgresSession database = PostgresSession.Of(session);
        FeatureStatements statements;
        NpgsqlConnection connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
            statements = await FeatureStatements.ReadAsync(connection, options, [options.Mode],
                cancellationToken).ConfigureAwait(false);
        List<object[]> requests = [.. options.Key.Select(statements.Plan.ParseKeys)];
        FeaturePool pool = await FeaturePool.OpenAsync(database, statements, size: 1,
            cancellationToken).ConfigureAwait(false);
        await using (pool.ConfigureAwait(false))
        {
            FeatureResponse response = new(statements.Plan);
            FeatureConnection rented = await pool.RentAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                long number = 0;
                foreach (object[] keys in requests)
                {
                    await rented.ReadAsync(options.Mode, kind: 0, keys, response, clock: null,
                        cancellationToken).ConfigureAwait(false);
                    FeatureCheck.Demand(statements.Plan, keys, response);
                    foreach (FeatureRow row in response.ToRows(++number, keys))
                        await sink.EmitAsync(row, cancellationToken).ConfigureAwait(false);
                }
            }
            finally
            {
                pool.Return(rented);
            }
        }
    }
}
