using System.Globalization;
using Npgsql;
using NpgsqlTypes;

namespace LakebaseOps.Loading.Rejects;

/// <summary>
/// Lets a COPY pass over rows that break a check constraint of the table, instead of ending at the first: its WHERE has the
/// checks themselves, and asks a function of the ledger about every row that breaks one, which notes the row's number.
/// So one COPY takes all rows that it can, at the cost of checking each twice.
/// </summary>
internal static class CheckFilter
{
    /// <summary>
    /// What a COPY can judge: its WHERE sees a row before anything is computed from it, and neither the whole of it nor what the system
    /// keeps with it.
    /// </summary>
    private const string ChecksSql =
        """
        SELECT string_agg(format('(%s) IS NOT FALSE', pg_get_expr(c.conbin, c.conrelid)), ' AND ' ORDER BY c.conname)
        FROM pg_constraint c
        WHERE c.conrelid = $1::regclass AND c.contype = 'c' AND to_jsonb(c)->>'conenforced' IS DISTINCT FROM 'false'
            AND c.conkey <@ ARRAY(SELECT attnum FROM pg_attribute WHERE attrelid = c.conrelid AND attnum > 0 AND attgenerated = '')
        """;

    /// <summary>The WHERE of a COPY into a table, to be put behind its format; null when the table has no such constraint.</summary>
    /// <param name="connection">A connection.</param>
    /// <param name="table">The table, quoted.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static async Task<string?> ReadAsync(NpgsqlConnection connection, string table, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(ChecksSql, connection) { Parameters = { new() { Value = table, NpgsqlDbType = NpgsqlDbType.Text } } };
        return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is string checks
            ? $" WHERE ({checks}) OR lakebase_ops.load_refuse()"
            : null;
    }

    /// <summary>Numbers, from 0, of the rows that the last COPY passed over, in order; in the transaction of that COPY, once.</summary>
    public static async Task<IReadOnlyList<int>> TakeAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(
            "SELECT current_setting('lakebase_ops.refused', true), set_config('lakebase_ops.refused', '', true)", connection);
        return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is string { Length: > 0 } lines
            ? [.. lines.Split(' ').Select(line => int.Parse(line, CultureInfo.InvariantCulture) - 1)]
            : [];
    }
}
