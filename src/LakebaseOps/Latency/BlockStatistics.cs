using LakebaseOps.Serving;
using Npgsql;
using NpgsqlTypes;

namespace LakebaseOps.Latency;

/// <summary>
/// Blocks that a plan's tables and indexes were read from, as the server counts them. Counters are never reset:
/// deltas count.
/// </summary>
internal sealed class BlockStatistics
{
    private readonly NpgsqlConnection _connection;
    private readonly uint[] _tables;

    private BlockStatistics(NpgsqlConnection connection, uint[] tables)
    {
        _connection = connection;
        _tables = tables;
    }

    /// <summary>The counters of all tables that are read.</summary>
    public static async Task<BlockStatistics> OfAsync(NpgsqlConnection connection, FeatureStatements statements,
        CancellationToken cancellationToken)
    {
        NpgsqlCommand command = new("SELECT $1::text[]::regclass[]::oid[]", connection)
        { Parameters = { new() { Value = statements.Relations.Select(table => table.ToSql()).ToArray() } } };
        await using (command.ConfigureAwait(false))
            return new BlockStatistics(connection,
                (uint[])(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!);
    }

    /// <summary>Blocks found in shared buffers and blocks read so far, heap and index, of all tables.</summary>
    public async Task<(long Hit, long Read)> ReadAsync(FeatureReaders readers, CancellationToken cancellationToken)
    {
        foreach (FeaturePool pool in readers.All.OfType<FeaturePool>())
            await pool.ForEachAsync(static (opened, token) => opened.FlushStatisticsAsync(token), cancellationToken).ConfigureAwait(false);
        NpgsqlCommand command = new(
            """
            SELECT coalesce(sum(coalesce(heap_blks_hit, 0) + coalesce(idx_blks_hit, 0)), 0)::int8,
                   coalesce(sum(coalesce(heap_blks_read, 0) + coalesce(idx_blks_read, 0)), 0)::int8
            FROM pg_statio_user_tables WHERE relid = ANY ($1)
            """,
            _connection)
        { Parameters = { new() { Value = _tables, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Oid } } };
        await using (command.ConfigureAwait(false))
        {
            NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                return (reader.GetInt64(0), reader.GetInt64(1));
            }
        }
    }
}
