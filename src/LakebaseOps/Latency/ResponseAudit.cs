using LakebaseOps.Serving;
using Npgsql;

namespace LakebaseOps.Latency;

/// <summary>
/// Re-reads some responses of a block by plain statements, one table at a time, on a connection of its own, and
/// compares every value: those whose found rows were not the expected ones, and a few at random. Outside the timed
/// part.
/// </summary>
internal sealed class ResponseAudit(FeaturePlan plan, NpgsqlConnection connection)
{
    // Per block: enough to see a systematic fault at once, few enough to cost little.
    private const int RoutineLimit = 2;
    private const int SuspectLimit = 20;

    private readonly FeatureStatement[] _statements = [.. plan.Tables.Select(FeatureStatement.Single)];
    private readonly FeatureResponse _reference = new(plan);
    private readonly List<(long Number, int Hash)> _routine = [];
    private readonly List<(long Number, int Hash)> _suspects = [];
    private readonly object _gate = new();

    /// <summary>Notes a response for the audit; called between requests by every client.</summary>
    public void Note(long number, FeatureResponse response, bool isSuspect)
    {
        List<(long, int)> list = isSuspect ? _suspects : _routine;
        lock (_gate)
        {
            if (list.Count < (isSuspect ? SuspectLimit : RoutineLimit))
                list.Add((number, response.ContentHash()));
        }
    }

    /// <summary>True while the block's routine audits are not all chosen.</summary>
    public bool WantsMore => _routine.Count < RoutineLimit;

    /// <summary>Compares what was noted; returns how many responses were compared.</summary>
    public async Task<int> RunAsync(LatencyCell cell, CancellationToken cancellationToken)
    {
        long[] ids = new long[plan.Entities.Count];
        object[] keys = new object[plan.Entities.Count];
        int compared = 0;
        foreach ((long number, int hash) in _suspects.Concat(_routine))
        {
            int kind = cell.Requests.Fill(number, ids, keys);
            _reference.Clear();
            try
            {
                foreach (FeatureTable table in plan.Requests[kind].Tables)
                    await ReadAsync(_statements[table.Index], keys, cancellationToken).ConfigureAwait(false);
            }
            catch (PostgresException)
            {
                // A table that is gone or barred meanwhile: its requests fail as well and are counted as failures.
                break;
            }

            compared++;
            if (_reference.ContentHash() != hash)
                cell.Mistrust($"The rows of request {cell.Requests.Describe(number)} differ from those that single queries return.");
        }

        Clear();
        return compared;
    }

    /// <summary>Forgets what was noted, e.g. while warming up.</summary>
    public void Clear()
    {
        _routine.Clear();
        _suspects.Clear();
    }

    private async Task ReadAsync(FeatureStatement statement, object[] keys, CancellationToken cancellationToken)
    {
        NpgsqlCommand command = new(statement.Sql, connection);
        await using (command.ConfigureAwait(false))
        {
            foreach (int entity in statement.Entities)
            {
                NpgsqlParameter parameter = Keys.Parameter(plan.Entities[entity].Keys);
                Keys.Set(parameter, keys[entity]);
                command.Parameters.Add(parameter);
            }

            NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                    _reference.Take(reader, statement, connection: 0);
            }
        }
    }
}
