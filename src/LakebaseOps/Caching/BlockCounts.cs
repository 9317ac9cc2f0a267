using LakebaseOps.Latency;
using LakebaseOps.Serving;
using Npgsql;
using NpgsqlTypes;

namespace LakebaseOps.Caching;

/// <summary>
/// Blocks of relations that the server has looked for so far and that it had to read from outside shared buffers, by object id; those of
/// its TOAST table count as the heap's.
/// </summary>
internal sealed class BlockCounts
{
    private const string Query =
        """
        SELECT c.oid, sum(pg_stat_get_blocks_fetched(p.oid))::int8, sum(pg_stat_get_blocks_fetched(p.oid) - pg_stat_get_blocks_hit(p.oid))::int8
        FROM unnest(@oids) r(oid) JOIN pg_class c ON c.oid = r.oid, LATERAL (
            SELECT c.oid UNION ALL SELECT c.reltoastrelid WHERE c.reltoastrelid <> 0
            UNION ALL SELECT indexrelid FROM pg_index WHERE indrelid = c.reltoastrelid) p (oid)
        GROUP BY c.oid
        """;

    private readonly IReadOnlyDictionary<uint, (long Fetched, long Read)> _counts;

    private BlockCounts(IReadOnlyDictionary<uint, (long Fetched, long Read)> counts) => _counts = counts;

    /// <summary>The counts now, after the connections of a pool and this one have published theirs.</summary>
    public static async Task<BlockCounts> ReadAsync(
        NpgsqlConnection connection, FeaturePool pool, IReadOnlyList<CacheRelation> relations, CancellationToken cancellationToken)
    {
        await pool.ForEachAsync(static (opened, token) => opened.FlushStatisticsAsync(token), cancellationToken).ConfigureAwait(false);
        NpgsqlCommand flush = new("SELECT pg_stat_force_next_flush()", connection);
        await using (flush.ConfigureAwait(false))
            await flush.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        NpgsqlCommand command = new(Query, connection);
        command.Parameters.AddWithValue("oids", NpgsqlDbType.Array | NpgsqlDbType.Oid, relations.Select(relation => relation.Oid).ToArray());
        await using (command.ConfigureAwait(false))
        {
            NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                Dictionary<uint, (long, long)> counts = [];
                while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                    counts[row.GetFieldValue<uint>(0)] = (row.GetInt64(1), row.GetInt64(2));
                return new BlockCounts(counts);
            }
        }
    }

    /// <summary>Blocks of a relation read from outside since an earlier reading.</summary>
    public long ReadSince(BlockCounts earlier, CacheRelation relation) => Of(relation).Read - earlier.Of(relation).Read;

    /// <summary>True when any block was looked for since: a server told not to count (track_counts) proves nothing by a zero.</summary>
    public bool HasCountedSince(BlockCounts earlier) =>
        _counts.Sum(count => count.Value.Fetched) > earlier._counts.Sum(count => count.Value.Fetched);

    private (long Fetched, long Read) Of(CacheRelation relation) => _counts.GetValueOrDefault(relation.Oid);
}
