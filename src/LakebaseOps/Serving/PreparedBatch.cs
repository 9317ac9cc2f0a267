using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using LakebaseOps.Latency;
using Npgsql;

namespace LakebaseOps.Serving;

/// <summary>Statements that travel together, prepared on a connection.</summary>
internal sealed class PreparedBatch : IAsyncDisposable
{
    // From so many tables on, what it gains is more than a second answer costs.
    private const int LeastToPart = 16;

    private readonly NpgsqlBatch _batch;
    private readonly FeatureStatement[] _queries;
    private readonly (NpgsqlParameter Parameter, int Entity)[] _parameters;
    private readonly int _index;

    /// <param name="connection">The connection.</param>
    /// <param name="index">Which of a request's connections it is, from 0.</param>
    /// <param name="statements">The statements.</param>
    /// <param name="hasBarriers">True when each of them ends with a Sync.</param>
    /// <param name="plan">The plan they belong to.</param>
    public PreparedBatch(
        NpgsqlConnection connection, int index, IReadOnlyList<FeatureStatement> statements, bool hasBarriers, FeaturePlan plan)
    {
        _index = index;
        _queries = [.. statements.Where(statement => statement.Tables.Length > 0)];
        _batch = new NpgsqlBatch(connection) { EnableErrorBarriers = hasBarriers };
        int tables = statements.Sum(statement => statement.Tables.Length);
        int begun = 0;
        bool isWhole = tables < LeastToPart;
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
            begun += statement.Tables.Length;
            if (!isWhole && 2 * begun >= tables)
            {
                // The server sends nothing before a Sync or 8 kB: one in the middle lets the client, and the wire, work
                // on the first half while the server works on the second. It costs no round trip.
                command.AppendErrorBarrier = true;
                isWhole = true;
            }
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
        return ReadAsync(response, clock, cancellationToken);
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

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask ReadAsync(
        FeatureResponse response, RequestClock? clock, CancellationToken cancellationToken)
    {
        try
        {
            NpgsqlDataReader reader = await _batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                int result = 0;
                do
                {
                    FeatureStatement statement = _queries[result++];
                    while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                        response.Take(reader, statement, _index);
                    clock?.Mark(RequestPart.Decode);
                }
                while (await reader.NextResultAsync(cancellationToken).ConfigureAwait(false));
                clock?.Mark(RequestPart.Decode);
            }
        }
        catch (NpgsqlException several) when (several.InnerException is AggregateException { InnerExceptions: [PostgresException first, ..] })
        {
            // Beyond a Sync a second statement may fail; the first failure tells the SQLSTATE as with one alone.
            ExceptionDispatchInfo.Throw(first);
        }
    }
}
