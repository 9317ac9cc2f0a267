using Npgsql;

namespace LakebaseOps.Loading.Ledger;

/// <summary>How far the inputs of a load have been cut into parts, and what is left of it.</summary>
internal static class InputBooks
{
    /// <summary>Enters the inputs of a load that has none in the books yet.</summary>
    public static async Task EnterAsync(
        NpgsqlConnection connection, Guid loadId, IReadOnlyList<LoadRange> inputs, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(
            """
            INSERT INTO lakebase_ops.load_input (load_id, input, cut_to, is_cut)
            SELECT $1, * FROM unnest($2::int[], $3::bigint[], $4::boolean[]) ON CONFLICT DO NOTHING
            """, connection)
        {
            Parameters =
            {
                new() { Value = loadId },
                new() { Value = inputs.Select(input => input.Input).ToArray() },
                new() { Value = inputs.Select(input => input.From).ToArray() },
                new() { Value = inputs.Select(input => input.From >= input.To).ToArray() },
            },
        };
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Cuts further where the fewest parts wait: takes the first input that is not cut to its end and that nobody else is
    /// cutting, and enters its next parts as pending.
    /// </summary>
    /// <param name="connection">A connection outside a transaction.</param>
    /// <param name="loadId">The load.</param>
    /// <param name="cut">Cuts an input (its number) from an offset on; answers the parts and whether they reach its end.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>False when there is nothing that somebody else is not cutting.</returns>
    public static async Task<bool> CutAsync(
        NpgsqlConnection connection, Guid loadId, Func<int, long, ValueTask<(IReadOnlyList<LoadRange> Parts, bool IsEnd)>> cut,
        CancellationToken cancellationToken)
    {
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            (int input, long from) = (-1, 0);
            using (NpgsqlCommand take = new(
                $"""
                WITH free AS (
                    SELECT input, cut_to FROM lakebase_ops.load_input WHERE load_id = $1 AND NOT is_cut
                    ORDER BY input LIMIT 1 FOR UPDATE SKIP LOCKED)
                SELECT input, cut_to, {ChunkBooks.Hold} FROM free
                """, connection)
            {
                Parameters = { new() { Value = loadId } },
            })
            {
                NpgsqlDataReader row = await take.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
                await using (row.ConfigureAwait(false))
                {
                    if (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                        (input, from) = (row.GetInt32(0), row.GetInt64(1));
                }
            }

            if (input < 0)
                return false;
            (IReadOnlyList<LoadRange> parts, bool isEnd) = await cut(input, from).ConfigureAwait(false);
            using NpgsqlCommand enter = new(
                """
                WITH parts AS (
                    INSERT INTO lakebase_ops.load_pending (load_id, input, range_from, range_to)
                    SELECT $1, $2, * FROM unnest($3::bigint[], $4::bigint[]))
                UPDATE lakebase_ops.load_input SET cut_to = $5, is_cut = $6 WHERE load_id = $1 AND input = $2
                """, connection)
            {
                Parameters =
                {
                    new() { Value = loadId }, new() { Value = input },
                    new() { Value = parts.Select(part => part.From).ToArray() }, new() { Value = parts.Select(part => part.To).ToArray() },
                    new() { Value = parts.Count > 0 ? parts[^1].To : from }, new() { Value = isEnd },
                },
            };
            await enter.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            return true;
        }
    }

    /// <summary>Parts that wait or are being loaded by somebody, and inputs that are not cut to their ends.</summary>
    public static async Task<(long Pending, long Uncut)> LeftAsync(NpgsqlConnection connection, Guid loadId, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(
            """
            SELECT (SELECT count(*) FROM lakebase_ops.load_pending WHERE load_id = $1),
                   (SELECT count(*) FROM lakebase_ops.load_input WHERE load_id = $1 AND NOT is_cut)
            """, connection)
        {
            Parameters = { new() { Value = loadId } },
        };
        NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            await row.ReadAsync(cancellationToken).ConfigureAwait(false);
            return (row.GetInt64(0), row.GetInt64(1));
        }
    }
}
