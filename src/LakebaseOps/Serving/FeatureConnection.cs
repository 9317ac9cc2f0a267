using LakebaseOps.Latency;
using Npgsql;

namespace LakebaseOps.Serving;

/// <summary>
/// One connection of a <see cref="FeaturePool"/> with the statements of every mode prepared on it for good.
/// </summary>
internal sealed class FeatureConnection : IAsyncDisposable
{
    private readonly NpgsqlConnection _connection;
    private readonly Dictionary<FeatureMode, Round[]> _rounds = [];
    private readonly NpgsqlCommand _floor;

    private FeatureConnection(NpgsqlConnection connection)
    {
        _connection = connection;
        _floor = new NpgsqlCommand("SELECT $1", connection)
        { Parameters = { new NpgsqlParameter<int> { NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Integer,
            TypedValue = 1 } } };
    }

    /// <summary>False once the connection broke.</summary>
    public bool IsUsable => _connection.State == System.Data.ConnectionState.Open;

    /// <summary>Opens a connection and prepares everything on it.</summary>
    public static async Task<FeatureConnection> OpenAsync(
        NpgsqlDataSource source, FeatureStatements statements, CancellationToken cancellationToken)
    {
        FeatureConnection opened = new(await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false));
        try
        {
            // The first five executions of a statement would each be planned anew; one row by key has one good plan.
            NpgsqlCommand set = new("SET plan_cache_mode = force_generic_plan", opened._connection);
            await using (set.ConfigureAwait(false))
                await set.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            await opened._floor.PrepareAsync(cancellationToken).ConfigureAwait(false);
            foreach ((FeatureMode mode, IReadOnlyList<IReadOnlyList<FeatureStatement>> rounds) in statements.ByMode)
            {
                Round[] prepared = [.. rounds.Select(round => new Round(opened._connection, round, statements.Plan))];
                opened._rounds.Add(mode, prepared);
                foreach (Round round in prepared)
                    await round.Batch.PrepareAsync(cancellationToken).ConfigureAwait(false);
            }

            return opened;
        }
        catch
        {
            await opened.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Reads the rows of a request.</summary>
    /// <param name="mode">A mode whose statements were prepared.</param>
    /// <param name="keys">One key per entity of the plan.</param>
    /// <param name="response">Takes the rows.</param>
    /// <param name="clock">Books the time of decoding; may be null.</param>
    /// <param name="cancellationToken">Stops the request.</param>
    public async ValueTask ReadAsync(
        FeatureMode mode, object[] keys, FeatureResponse response, RequestClock? clock,
            CancellationToken cancellationToken)
    {
        response.Clear();
        foreach (Round round in _rounds[mode])
        {
            round.SetKeys(keys);
            NpgsqlDataReader reader = await round.Batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                int result = 0;
                do
                {
                    FeatureStatement statement = round.Statements[result++];
                    while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                        response.Take(reader, statement);
                    clock?.Mark(RequestPart.Decode);
                }
                while (await reader.NextResultAsync(cancellationToken).ConfigureAwait(false));
                clock?.Mark(RequestPart.Decode);
            }
        }
    }

    /// <summary>One prepared <c>SELECT $1</c>: the floor of a round trip.</summary>
    public async ValueTask FloorAsync(CancellationToken cancellationToken)
    {
        NpgsqlDataReader reader = await _floor.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                _ = reader.GetInt32(0);
        }
    }

    /// <summary>Makes the server publish the block counts of this connection's statements at once.</summary>
    public async ValueTask FlushStatisticsAsync(CancellationToken cancellationToken)
    {
        NpgsqlCommand flush = new("SELECT pg_stat_force_next_flush()", _connection);
        await using (flush.ConfigureAwait(false))
            await flush.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _floor.DisposeAsync().ConfigureAwait(false);
        foreach (Round round in _rounds.Values.SelectMany(rounds => rounds))
            await round.Batch.DisposeAsync().ConfigureAwait(false);
        await _connection.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Statements that travel together.</summary>
    private sealed class Round
    {
        private readonly (NpgsqlParameter Parameter, int Entity)[] _parameters;

        public Round(NpgsqlConnection connection, IReadOnlyList<FeatureStatement> statements, FeaturePlan plan)
        {
            Statements = statements;
            Batch = new NpgsqlBatch(connection);
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

                Batch.BatchCommands.Add(command);
            }

            _parameters = [.. parameters];
        }

        public NpgsqlBatch Batch { get; }

        public IReadOnlyList<FeatureStatement> Statements { get; }

        public void SetKeys(object[] keys)
        {
            foreach ((NpgsqlParameter parameter, int entity) in _parameters)
                Keys.Set(parameter, keys[entity]);
        }
    }
}
