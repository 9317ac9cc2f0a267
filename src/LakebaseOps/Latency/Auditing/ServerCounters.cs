using LakebaseOps.Serving;
using Npgsql;
using NpgsqlTypes;

namespace LakebaseOps.Latency.Auditing;

/// <summary>
/// The server's own counters that bear on a measurement, by name. They are never reset: what was counted between two readings
/// is their difference.
/// </summary>
internal sealed class ServerCounters
{
    /// <summary>Begin of the names of pg_stat_io's counters: process, object, context and kind follow, with bars between.</summary>
    public const string Io = "io|";

    private const string Tables =
        """
        SELECT v.name, v.n::int8 FROM (
            SELECT sum(coalesce(heap_blks_hit, 0) + coalesce(toast_blks_hit, 0)) a, sum(coalesce(heap_blks_read, 0) + coalesce(toast_blks_read, 0)) b,
                   sum(coalesce(idx_blks_hit, 0) + coalesce(tidx_blks_hit, 0)) c, sum(coalesce(idx_blks_read, 0) + coalesce(tidx_blks_read, 0)) d
            FROM pg_statio_all_tables WHERE relid = ANY ($1)) s,
            LATERAL (VALUES ('heap hit', a), ('heap read', b), ('index hit', c), ('index read', d)) v (name, n)
        UNION ALL
        SELECT v.name, v.n::int8 FROM (
            SELECT sum(vacuum_count + autovacuum_count) a, sum(analyze_count + autoanalyze_count) b
            FROM pg_stat_all_tables WHERE relid = ANY ($1)) s,
            LATERAL (VALUES ('vacuum', a), ('analyze', b)) v (name, n)
        """;

    private const string Writer = "SELECT checkpoints_timed + checkpoints_req AS begun, buffers_checkpoint AS buffers FROM pg_stat_bgwriter";
    private const string Checkpointer = "SELECT num_timed + num_requested AS begun, buffers_written AS buffers FROM pg_stat_checkpointer";

    private const string InputOutput =
        """
        UNION ALL
        SELECT concat_ws('|', 'io', backend_type, object, context, v.name), v.n::int8 FROM pg_stat_io,
            LATERAL (VALUES ('hits', hits), ('reads', reads), ('writes', writes), ('extends', extends), ('evictions', evictions)) v (name, n)
        WHERE v.n > 0
        """;

    private readonly NpgsqlConnection _connection;
    private readonly uint[] _tables;
    private readonly string _query;

    private ServerCounters(NpgsqlConnection connection, uint[] tables)
    {
        _connection = connection;
        _tables = tables;
        int version = connection.PostgreSqlVersion.Major;
        HasIo = version >= 16;
        _query =
            $"""
            {Tables}
            UNION ALL
            SELECT v.name, v.n::int8 FROM ({(version >= 17 ? Checkpointer : Writer)}) s,
                LATERAL (VALUES ('checkpoint', s.begun), ('checkpoint buffers', s.buffers)) v (name, n)
            {(HasIo ? InputOutput : "")}
            """;
    }

    /// <summary>True when the server counts I/O by process and object.</summary>
    public bool HasIo { get; }

    /// <summary>The counters of all tables that are read.</summary>
    public static async Task<ServerCounters> OfAsync(
        NpgsqlConnection connection, FeatureStatements statements, CancellationToken cancellationToken)
    {
        NpgsqlCommand command = new("SELECT $1::text[]::regclass[]::oid[]", connection)
        { Parameters = { new() { Value = statements.Relations.Select(table => table.ToSql()).ToArray() } } };
        await using (command.ConfigureAwait(false))
            return new ServerCounters(connection, (uint[])(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!);
    }

    /// <summary>
    /// The counters now. A session publishes what it counted about once a second; all of the measurement's own are made to
    /// publish first, this connection with the responses it audited among them.
    /// </summary>
    public async Task<IReadOnlyDictionary<string, long>> ReadAsync(FeatureReaders readers, CancellationToken cancellationToken)
    {
        foreach (FeaturePool pool in readers.All.OfType<FeaturePool>())
            await pool.ForEachAsync(static (opened, token) => opened.FlushStatisticsAsync(token), cancellationToken).ConfigureAwait(false);
        NpgsqlCommand flush = new("SELECT pg_stat_force_next_flush()", _connection);
        await using (flush.ConfigureAwait(false))
            await flush.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        NpgsqlCommand command = new(_query, _connection)
        { Parameters = { new() { Value = _tables, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Oid } } };
        await using (command.ConfigureAwait(false))
        {
            NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                Dictionary<string, long> counters = new(StringComparer.Ordinal);
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                    counters[reader.GetString(0)] = reader.IsDBNull(1) ? 0 : reader.GetInt64(1);
                return counters;
            }
        }
    }
}
