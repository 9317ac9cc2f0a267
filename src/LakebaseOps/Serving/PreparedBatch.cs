using System.Runtime.ExceptionServices;
using LakebaseOps.Latency;
using Npgsql;

namespace LakebaseOps.Serving;

/// <summary>Statements that travel together, prepared on a connection.</summary>
internal sealed class PreparedBatch : IAsyncDisposable
{
    private readonly NpgsqlBatch _batch;
    private readonly FeatureStatement[] _queries;
    private readonly (NpgsqlParameter Parameter, int Entity)[] _parameters;

    public PreparedBatch(
        NpgsqlConnection connection, IReadOnlyList<FeatureStatement> statements, bool hasBarriers, FeaturePlan plan)
    {
        _queries = [.. statements.Where(statement => statement.Tables.Length > 0)];
        _batch = new NpgsqlBatch(connection) { EnableErrorBarriers = hasBarriers };
        List<(NpgsqlParameter, int)> parameters = [];
        foreach (FeatureStatement statement in statements)
        {
            NpgsqlBatchCommand command = new(statement.Sql);
            foreach (int entity in statement.Entities)
            {
                NpgsqlParameter parameter = Keys.Parameter(plan.Entities[entity].Keys);
                command.Parameters.Add(parameter);
                parameters.Add((parameter, entity));
            }

            _batch.BatchCommands.Add(command);
        }

        _parameters = [.. parameters];
    }

    public Task PrepareAsync(CancellationToken cancellationToken) => _batch.PrepareAsync(cancellationToken);

    /// <summary>Sends the statements and takes the rows of all of them.</summary>
    public ValueTask ReadAsync(
        object[] keys, FeatureResponse response, RequestClock? clock, CancellationToken cancellationToken)
    {
        foreach ((NpgsqlParameter parameter, int entity) in _parameters)
            Keys.Set(parameter, keys[entity]);
        return _batch.EnableErrorBarriers
            ? ReadBetweenBarriersAsync(response, clock, cancellationToken)
            : ReadAsync(response, clock, cancellationToken);
    }

    /// <summary>Ends the transaction that a failure left behind; a connection that cannot is broken and known as such.</summary>
    public async Task RollBackAsync()
    {
        try
        {
            NpgsqlCommand command = new("ROLLBACK", _batch.Connection);
            await using (command.ConfigureAwait(false))
                await command.ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is NpgsqlException or InvalidOperationException)
        {
            // The failure that led here is the one to tell.
        }
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _batch.DisposeAsync();

    private async ValueTask ReadBetweenBarriersAsync(
        FeatureResponse response, RequestClock? clock, CancellationToken cancellationToken)
    {
        try
        {
            await ReadAsync(response, clock, cancellationToken).ConfigureAwait(false);
        }
        catch (NpgsqlException several) when (several.InnerException is AggregateException { InnerExceptions: [PostgresException first, ..] })
        {
            // Each statement may fail by itself; the first failure tells the SQLSTATE as it does in other modes.
            ExceptionDispatchInfo.Throw(first);
        }
    }

    private async ValueTask ReadAsync(
        FeatureResponse response, RequestClock? clock, CancellationToken cancellationToken)
    {
        NpgsqlDataReader reader = await _batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            int result = 0;
            do
            {
                FeatureStatement statement = _queries[result++];
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                    response.Take(reader, statement);
                clock?.Mark(RequestPart.Decode);
            }
            while (await reader.NextResultAsync(cancellationToken).ConfigureAwait(false));
            clock?.Mark(RequestPart.Decode);
        }
    }
}
