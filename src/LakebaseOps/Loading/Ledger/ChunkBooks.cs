using System.Globalization;
using Npgsql;

namespace LakebaseOps.Loading.Ledger;

/// <summary>
/// What a stream writes into the books, on its own connection and in the transaction of its rows. A claim is the deletion of a
/// pending part: it becomes true together with the rows, and is free again the moment its transaction dies.
/// </summary>
internal static class ChunkBooks
{
    private const string HoldKey = "hashtextextended('lakebase_ops.load_pending ' || $1::text, 0)";

    /// <summary>Taken with every claim, and shared: whoever has it holds a part of load $1 (see <see cref="WaitingAsync"/>).</summary>
    public const string Hold = $"pg_advisory_xact_lock_shared({HoldKey}) IS NOT NULL";

    /// <summary>True when nobody holds a part of load $1, or others may.</summary>
    public const string IsFree = $"(pg_try_advisory_xact_lock({HoldKey}) OR EXISTS (SELECT FROM lakebase_ops.load_input WHERE load_id = $1))";

    private static readonly string Loader = $"{Environment.MachineName}/{Environment.ProcessId}";

    /// <summary>Claims the first part that nobody else holds; null when there is none right now.</summary>
    public static async Task<LoadRange?> ClaimAsync(NpgsqlConnection connection, Guid loadId, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(
            $"""
            DELETE FROM lakebase_ops.load_pending WHERE load_id = $1 AND (input, range_from) = (
                SELECT input, range_from FROM lakebase_ops.load_pending WHERE load_id = $1
                ORDER BY input, range_from LIMIT 1 FOR UPDATE SKIP LOCKED)
            RETURNING input, range_from, range_to, {Hold}
            """, connection)
        {
            Parameters = { new() { Value = loadId } },
        };
        return await ReadAsync(command, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Holds a part that is in no list, for its input passes by; until the end of the transaction.</summary>
    public static async Task HoldAsync(NpgsqlConnection connection, Guid loadId, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new($"SELECT {Hold}", connection) { Parameters = { new() { Value = loadId } } };
        await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Claims a part again after its transaction was rolled back; false when somebody else was faster.</summary>
    public static async Task<bool> ReclaimAsync(NpgsqlConnection connection, Guid loadId, LoadRange range, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(
            $"""
            DELETE FROM lakebase_ops.load_pending WHERE load_id = $1 AND (input, range_from) = (
                SELECT input, range_from FROM lakebase_ops.load_pending WHERE load_id = $1 AND input = $2 AND range_from = $3
                FOR UPDATE SKIP LOCKED)
            RETURNING input, range_from, range_to, {Hold}
            """, connection)
        {
            Parameters = { new() { Value = loadId }, new() { Value = range.Input }, new() { Value = range.From } },
        };
        return await ReadAsync(command, cancellationToken).ConfigureAwait(false) is not null;
    }

    /// <summary>
    /// Sessions of others that hold a part of a load, or an input to cut, and wait for their client; with what changes whenever
    /// they get or send anything.
    /// </summary>
    /// <param name="connection">A connection.</param>
    /// <param name="loadId">The load.</param>
    /// <param name="own">Processes of the server that are not asked for.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static async Task<IReadOnlyList<(int ProcessId, string State)>> WaitingAsync(
        NpgsqlConnection connection, Guid loadId, IReadOnlyCollection<int> own, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(
            $"""
            SELECT pid, concat_ws(' ', backend_start, state, state_change, query_start, copy.bytes_processed)
            FROM pg_locks l JOIN pg_stat_activity a USING (pid) LEFT JOIN pg_stat_progress_copy copy USING (pid)
            WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND a.datname = current_database()
                AND l.database = a.datid AND (l.classid::bigint << 32) | l.objid::bigint = {HoldKey}
                AND a.wait_event_type = 'Client' AND pid <> ALL($2)
            """, connection)
        {
            Parameters = { new() { Value = loadId }, new() { Value = own.ToArray() } },
        };
        List<(int, string)> sessions = [];
        NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                sessions.Add((row.GetInt32(0), row.GetString(1)));
        }

        return sessions;
    }

    /// <summary>True when the rows of a part are in the table.</summary>
    public static async Task<bool> IsRecordedAsync(NpgsqlConnection connection, Guid loadId, LoadRange range, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(
            "SELECT EXISTS (SELECT FROM lakebase_ops.load_chunk WHERE load_id = $1 AND input = $2 AND range_from = $3)", connection)
        {
            Parameters = { new() { Value = loadId }, new() { Value = range.Input }, new() { Value = range.From } },
        };
        return (bool)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    /// <summary>Enters a part whose rows were just sent.</summary>
    /// <param name="connection">The stream's connection, in the transaction of the rows.</param>
    /// <param name="loadId">The load.</param>
    /// <param name="lease">What must still be the load's lease; null where a claim is the proof.</param>
    /// <param name="chunk">What was sent.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>False when the load belongs to somebody else now.</returns>
    public static async Task<bool> RecordAsync(
        NpgsqlConnection connection, Guid loadId, Guid? lease, LoadedChunk chunk, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(
            $"""
            INSERT INTO lakebase_ops.load_chunk (load_id, input, range_from, range_to, rows, bytes, content_hash, encoding, loader, rejected, lines, inserted, updated)
            SELECT load_id, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13 FROM lakebase_ops.load_table
            WHERE load_id = $1 AND status = 'Loading'{(lease is null ? "" : " AND lease = $14 FOR SHARE")}
            """, connection)
        {
            Parameters =
            {
                new() { Value = loadId },
                new() { Value = chunk.Range.Input }, new() { Value = chunk.Range.From }, new() { Value = chunk.Range.To },
                new() { Value = chunk.Rows }, new() { Value = chunk.Bytes },
                new() { Value = chunk.Hash.ToString("x32", CultureInfo.InvariantCulture) }, new() { Value = chunk.Encoding },
                new() { Value = Loader }, new() { Value = chunk.Rejected }, new() { Value = chunk.Lines },
                new() { Value = chunk.Inserted }, new() { Value = chunk.Updated },
            },
        };
        if (lease is Guid owned)
            command.Parameters.Add(new() { Value = owned });
        return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false) == 1;
    }

    private static async Task<LoadRange?> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            return await row.ReadAsync(cancellationToken).ConfigureAwait(false)
                ? new LoadRange(row.GetInt32(0), row.GetInt64(1), row.GetInt64(2))
                : null;
        }
    }
}
