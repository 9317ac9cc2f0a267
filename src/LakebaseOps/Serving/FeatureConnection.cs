using LakebaseOps.Latency;
using Npgsql;

namespace LakebaseOps.Serving;

/// <summary>
/// What one request at a time is read on: a connection with the statements of every mode prepared on it for good, and
/// for mode Parallel some more beside it.
/// </summary>
internal sealed class FeatureConnection : IAsyncDisposable
{
    private readonly NpgsqlConnection[] _connections;
    private readonly PreparedScript[]?[] _scripts;
    private readonly NpgsqlCommand _floor;

    private FeatureConnection(NpgsqlConnection[] connections, FeatureStatements statements)
    {
        _connections = connections;
        _scripts = new PreparedScript[]?[Enum.GetValues<FeatureMode>().Length];
        foreach ((FeatureMode mode, IReadOnlyList<FeatureScript> scripts) in statements.ByMode)
            _scripts[(int)mode] = [.. scripts.Select(script => new PreparedScript(connections, script, statements.Plan))];
        _floor = new NpgsqlCommand("SELECT $1", connections[0])
        {
            Parameters =
            {
                new NpgsqlParameter<int> { NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Integer, TypedValue = 1 },
            },
        };
    }

    /// <summary>False once a connection broke.</summary>
    public bool IsUsable => Array.TrueForAll(_connections, one => one.State == System.Data.ConnectionState.Open);

    /// <summary>Opens the connections and prepares everything on them.</summary>
    public static async Task<FeatureConnection> OpenAsync(
        NpgsqlDataSource source, FeatureStatements statements, CancellationToken cancellationToken)
    {
        List<NpgsqlConnection> connections = [];
        try
        {
            while (connections.Count < statements.Connections)
            {
                connections.Add(await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false));
                // The first five executions of a statement would each be planned anew; one row by key has one good plan.
                NpgsqlCommand set = new("SET plan_cache_mode = force_generic_plan", connections[^1]);
                await using (set.ConfigureAwait(false))
                    await set.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            }

            FeatureConnection opened = new([.. connections], statements);
            await opened._floor.PrepareAsync(cancellationToken).ConfigureAwait(false);
            foreach (PreparedScript script in opened._scripts.OfType<PreparedScript[]>().SelectMany(scripts => scripts))
                await script.PrepareAsync(cancellationToken).ConfigureAwait(false);
            return opened;
        }
        catch
        {
            foreach (NpgsqlConnection connection in connections)
                await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Reads the rows of a request.</summary>
    /// <param name="mode">A mode whose statements were prepared.</param>
    /// <param name="kind">The kind of request, by its place in the plan.</param>
    /// <param name="keys">One key per entity of the plan.</param>
    /// <param name="response">Takes the rows.</param>
    /// <param name="clock">Books the time of decoding; may be null.</param>
    /// <param name="cancellationToken">Stops the request.</param>
    public ValueTask ReadAsync(
        FeatureMode mode, int kind, object[] keys, FeatureResponse response, RequestClock? clock,
        CancellationToken cancellationToken)
    {
        response.Clear();
        return _scripts[(int)mode]![kind].ReadAsync(keys, response, clock, cancellationToken);
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

    /// <summary>Makes the server publish the block counts of these connections' statements at once.</summary>
    public async ValueTask FlushStatisticsAsync(CancellationToken cancellationToken)
    {
        foreach (NpgsqlConnection connection in _connections)
        {
            NpgsqlCommand flush = new("SELECT pg_stat_force_next_flush()", connection);
            await using (flush.ConfigureAwait(false))
                await flush.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _floor.DisposeAsync().ConfigureAwait(false);
        foreach (PreparedScript script in _scripts.OfType<PreparedScript[]>().SelectMany(scripts => scripts))
            await script.DisposeAsync().ConfigureAwait(false);
        foreach (NpgsqlConnection connection in _connections)
            await connection.DisposeAsync().ConfigureAwait(false);
    }
}
