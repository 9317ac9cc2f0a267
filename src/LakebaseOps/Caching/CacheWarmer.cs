using Npgsql;
using NpgsqlTypes;

namespace LakebaseOps.Caching;

/// <summary>Brings blocks into shared buffers.</summary>
internal static class CacheWarmer
{
    // Small enough for progress and Ctrl+C, large enough that the round trips do not count.
    private const long BlocksPerCall = 4096;

    /// <summary>Reads the first bytes of a relation with pg_prewarm; reports the bytes done.</summary>
    public static async Task PrewarmAsync(
        NpgsqlConnection connection, CacheExtension extension, CacheRelation relation, long bytes, Action<long> report,
        CancellationToken cancellationToken)
    {
        long blockBytes = 8192;
        using (NpgsqlCommand size = new("SELECT current_setting('block_size')::bigint", connection))
            blockBytes = (long)(await size.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
        long blocks = Math.Min(bytes, relation.SizeBytes) / blockBytes;
        using NpgsqlCommand command = new(
            $"SELECT {extension.Schema}.pg_prewarm(@relation::oid::regclass, 'buffer', 'main', @first, @last)", connection);
        command.Parameters.AddWithValue("relation", NpgsqlDbType.Oid, relation.Oid);
        NpgsqlParameter from = command.Parameters.Add("first", NpgsqlDbType.Bigint);
        NpgsqlParameter to = command.Parameters.Add("last", NpgsqlDbType.Bigint);
        for (long first = 0; first < blocks; first += BlocksPerCall)
        {
            from.Value = first;
            to.Value = Math.Min(blocks, first + BlocksPerCall) - 1;
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            report(((long)to.Value + 1) * blockBytes);
        }
    }

    /// <summary>
    /// Reads a table in the order of an index, its rows too unless they are left out; how it was read, or empty when the
    /// relation cannot be read so. A plain sequential scan would not do: the server keeps a large one out of its buffers.
    /// </summary>
    /// <param name="connection">An open connection.</param>
    /// <param name="index">The index to follow.</param>
    /// <param name="rows">False reads the index alone, as far as the visibility map allows.</param>
    /// <param name="share">Share of the table to read, 0 to 1.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static async Task ReadAsync(
        NpgsqlConnection connection, CacheRelation index, bool rows, double share, CancellationToken cancellationToken)
    {
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            // ctid is in no index, so asking for it makes the server visit the row; the order and the limit make it use the index.
            string what = rows ? "ctid" : $"ROW({index.Keys})";
            string limit = share < 1
                ? $"LIMIT (SELECT ceil(greatest(reltuples, 0) * {share.ToString("R", System.Globalization.CultureInfo.InvariantCulture)})::bigint FROM pg_class WHERE oid = '{index.Table.ToSql().Replace("'", "''", StringComparison.Ordinal)}'::regclass)"
                : "OFFSET 0";
            using NpgsqlCommand command = new(
                "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off; "
                + "SET LOCAL max_parallel_workers_per_gather = 0; "
                + $"SELECT count(one) FROM (SELECT {what} AS one FROM {index.Table.ToSql()} ORDER BY {index.Keys} {limit}) s",
                connection, transaction);
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
