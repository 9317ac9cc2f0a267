using Npgsql;

namespace LakebaseOps.Dumps.Restoring;

/// <summary>A restore as the books have it.</summary>
/// <param name="Id">Its id, which the names of its stage are made of.</param>
/// <param name="Source">Id of the source.</param>
/// <param name="Label">What a person calls the source.</param>
/// <param name="Key">What was asked for: schemas, tables, names, ways.</param>
/// <param name="Schemas">Schemas on the target that it is to replace or fill.</param>
/// <param name="Stages">Schemas that hold what it has made so far.</param>
/// <param name="IsSwapped">True when what it made is in its place.</param>
internal sealed record RestoreEntry(Guid Id, string Source, string Label, string Key, string[] Schemas, string[] Stages, bool IsSwapped);

/// <summary>A step that is done, with the rows it brought where it brought some.</summary>
/// <param name="Rows">Rows.</param>
/// <param name="Bytes">Bytes.</param>
/// <param name="Sum">Sum of the rows' hashes.</param>
internal sealed record RestoreStep(long Rows, long Bytes, UInt128 Sum)
{
    /// <summary>A step that brings no rows.</summary>
    public static RestoreStep None { get; } = new(0, 0, UInt128.Zero);

    /// <summary>What two steps brought.</summary>
    public static RestoreStep operator +(RestoreStep left, RestoreStep right) =>
        new(left.Rows + right.Rows, left.Bytes + right.Bytes, unchecked(left.Sum + right.Sum));
}

/// <summary>
/// The books of restores, in the target itself: each step is entered in the transaction that does it, so whatever dies, the
/// books say what is there. Two processes can never both enter the same step.
/// </summary>
internal static class RestoreLedger
{
    private const string Sql =
        """
        SELECT pg_advisory_xact_lock(hashtextextended('lakebase_ops', 0));
        CREATE SCHEMA IF NOT EXISTS lakebase_ops;
        CREATE TABLE IF NOT EXISTS lakebase_ops.restore_run (
            restore_id uuid PRIMARY KEY,
            source_id text NOT NULL,
            label text NOT NULL,
            wanted text NOT NULL,
            schemas text[] NOT NULL,
            stages text[] NOT NULL,
            status text NOT NULL DEFAULT 'Loading' CHECK (status IN ('Loading', 'Swapped', 'Restored')),
            role_name text NOT NULL DEFAULT current_user,
            started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            finished_at timestamptz);
        CREATE TABLE IF NOT EXISTS lakebase_ops.restore_step (
            restore_id uuid NOT NULL REFERENCES lakebase_ops.restore_run ON DELETE CASCADE,
            step text NOT NULL,
            rows bigint NOT NULL,
            bytes bigint NOT NULL,
            hash text NOT NULL,
            done_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            PRIMARY KEY (restore_id, step));
        COMMENT ON TABLE lakebase_ops.restore_step IS 'What a restore has done; each line was committed in the transaction of its rows or objects.';
        """;

    /// <summary>Makes the books where they are not there yet.</summary>
    public static async Task EnsureAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (await ExistsAsync(connection, cancellationToken).ConfigureAwait(false))
            return;
        using NpgsqlCommand create = new(Sql, connection);
        await create.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Restores that have not come to their end, the newest first.</summary>
    public static async Task<IReadOnlyList<RestoreEntry>> UnfinishedAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        List<RestoreEntry> found = [];
        if (!await ExistsAsync(connection, cancellationToken).ConfigureAwait(false))
            return found;
        using NpgsqlCommand command = new(
            "SELECT restore_id, source_id, label, wanted, schemas, stages, status = 'Swapped' FROM lakebase_ops.restore_run "
            + "WHERE status <> 'Restored' ORDER BY started_at DESC", connection);
        NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                found.Add(new RestoreEntry(
                    reader.GetGuid(0), reader.GetString(1), reader.GetString(2), reader.GetString(3),
                    reader.GetFieldValue<string[]>(4), reader.GetFieldValue<string[]>(5), reader.GetBoolean(6)));
            }
        }

        return found;
    }

    /// <summary>Enters a restore, in the caller's transaction.</summary>
    public static Task BeginAsync(NpgsqlConnection connection, RestoreEntry entry, CancellationToken cancellationToken) => RunAsync(
        connection,
        "INSERT INTO lakebase_ops.restore_run (restore_id, source_id, label, wanted, schemas, stages) VALUES ($1, $2, $3, $4, $5, $6)",
        cancellationToken, entry.Id, entry.Source, entry.Label, entry.Key, entry.Schemas, entry.Stages);

    /// <summary>Says, in the caller's transaction, how far a restore is; false when somebody else said so before.</summary>
    public static async Task<bool> AdvanceAsync(NpgsqlConnection connection, Guid id, string from, string to, CancellationToken cancellationToken) =>
        await RunAsync(
            connection,
            "UPDATE lakebase_ops.restore_run SET status = $3, finished_at = clock_timestamp() WHERE restore_id = $1 AND status = $2",
            cancellationToken, id, from, to).ConfigureAwait(false) == 1;

    /// <summary>Gives a restore another source, whose rows then are of another moment.</summary>
    public static Task AdoptAsync(NpgsqlConnection connection, Guid id, string source, CancellationToken cancellationToken) => RunAsync(
        connection, "UPDATE lakebase_ops.restore_run SET source_id = $2 WHERE restore_id = $1", cancellationToken, id, source);

    /// <summary>Strikes out a restore, in the caller's transaction.</summary>
    public static Task RemoveAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken) =>
        RunAsync(connection, "DELETE FROM lakebase_ops.restore_run WHERE restore_id = $1", cancellationToken, id);

    /// <summary>Enters a step, in the caller's transaction; answers how many were there before.</summary>
    public static async Task<long> DoneAsync(NpgsqlConnection connection, Guid id, string step, RestoreStep done, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(
            "WITH entered AS (INSERT INTO lakebase_ops.restore_step (restore_id, step, rows, bytes, hash) VALUES ($1, $2, $3, $4, $5)) "
            + "SELECT count(*) FROM lakebase_ops.restore_step WHERE restore_id = $1", connection)
        {
            Parameters =
            {
                new() { Value = id }, new() { Value = step }, new() { Value = done.Rows }, new() { Value = done.Bytes },
                new() { Value = done.Sum.ToString("x32", System.Globalization.CultureInfo.InvariantCulture) },
            },
        };
        return (long)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    /// <summary>Strikes out steps, in the caller's transaction.</summary>
    public static Task UndoneAsync(NpgsqlConnection connection, Guid id, IReadOnlyList<string> steps, CancellationToken cancellationToken) => RunAsync(
        connection, "DELETE FROM lakebase_ops.restore_step WHERE restore_id = $1 AND step = ANY($2)", cancellationToken, id, steps.ToArray());

    /// <summary>All steps that are done.</summary>
    public static async Task<Dictionary<string, RestoreStep>> StepsAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken)
    {
        Dictionary<string, RestoreStep> steps = [];
        using NpgsqlCommand command = new("SELECT step, rows, bytes, hash FROM lakebase_ops.restore_step WHERE restore_id = $1", connection)
        {
            Parameters = { new() { Value = id } },
        };
        NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                UInt128 sum = UInt128.Parse(reader.GetString(3), System.Globalization.NumberStyles.HexNumber, System.Globalization.CultureInfo.InvariantCulture);
                steps.Add(reader.GetString(0), new RestoreStep(reader.GetInt64(1), reader.GetInt64(2), sum));
            }
        }

        return steps;
    }

    private static async Task<bool> ExistsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new("SELECT to_regclass('lakebase_ops.restore_step') IS NOT NULL", connection);
        return (bool)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    private static async Task<int> RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken, params object[] values)
    {
        using NpgsqlCommand command = new(sql, connection);
        foreach (object value in values)
            command.Parameters.Add(new() { Value = value });
        return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }
}
