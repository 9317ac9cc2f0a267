using LakebaseOps.Loading.Ledger;
using Npgsql;

namespace LakebaseOps.Loading.Rejects;

/// <summary>Refused rows in the ledger: entered in the transaction of their chunk, so that none is lost or doubled.</summary>
internal static class RejectBooks
{
    /// <summary>Enters the refused rows of a chunk.</summary>
    public static async Task EnterAsync(
        NpgsqlConnection connection, Guid loadId, LoadRange range, IReadOnlyList<RejectedRow> rows, CancellationToken cancellationToken)
    {
        if (rows.Count == 0)
            return;
        using NpgsqlCommand command = new(
            """
            INSERT INTO lakebase_ops.load_reject (load_id, input, range_from, record, start, line, column_name, sql_state, reason, raw)
            SELECT $1, $2, $3, * FROM unnest($4::int[], $5::int[], $6::bigint[], $7::text[], $8::text[], $9::text[], $10::bytea[])
            """, connection)
        {
            Parameters =
            {
                new() { Value = loadId }, new() { Value = range.Input }, new() { Value = range.From },
                new() { Value = rows.Select(row => row.Record).ToArray() }, new() { Value = rows.Select(row => row.Start).ToArray() },
                new() { Value = rows.Select(row => row.Line).ToArray() }, new() { Value = rows.Select(row => row.Column).ToArray() },
                new() { Value = rows.Select(row => row.SqlState).ToArray() }, new() { Value = rows.Select(row => row.Reason).ToArray() },
                new() { Value = rows.Select(row => row.Raw).ToArray() },
            },
        };
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Rows refused so far, by all processes.</summary>
    public static async Task<(long Rejected, long Rows, long Bytes)> SumAsync(NpgsqlConnection connection, Guid loadId, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(
            """
            SELECT coalesce(sum(rejected), 0)::bigint, coalesce(sum(rows), 0)::bigint, coalesce(sum(bytes), 0)::bigint
            FROM lakebase_ops.load_chunk WHERE load_id = $1
            """, connection)
        {
            Parameters = { new() { Value = loadId } },
        };
        NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            await row.ReadAsync(cancellationToken).ConfigureAwait(false);
            return (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2));
        }
    }
}
