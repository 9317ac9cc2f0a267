using LakebaseOps.Indexing;
using Npgsql;
using NpgsqlTypes;

namespace LakebaseOps.Verification;

/// <summary>What the catalog and the statistics say about a table, read in one go before any check reads the table itself.</summary>
internal sealed record TableState
{
    private const string Query =
        $"""
        SELECT c.oid, c.reltuples::bigint, c.relallvisible::bigint, pg_relation_size(c.oid) AS heap,
               coalesce(s.seq_scan, 0), coalesce(s.idx_scan, 0), coalesce(s.n_dead_tup, 0),
               -- What a load inserted may be counted only after the ANALYZE that saw it: then the estimate holds it already.
               coalesce(least(s.n_mod_since_analyze,
                 (abs(s.n_tup_ins - s.n_tup_del - c.reltuples) + s.n_tup_upd + 2 * s.n_tup_del)::bigint), 0),
               EXISTS (SELECT FROM pg_stats st WHERE st.schemaname = n.nspname AND st.tablename = c.relname),
               c.relpersistence = 'p',
               coalesce(c.reloptions::text, '') ~ 'autovacuum_enabled=(false|off|0|no)',
               current_setting('autovacuum')::bool AND current_setting('track_counts')::bool,
               EXISTS (SELECT FROM pg_stat_progress_vacuum v JOIN pg_stat_activity a USING (pid)
                       WHERE v.relid = c.oid AND a.backend_type = 'autovacuum worker'),
               ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                     ORDER BY a.attnum),
               ARRAY(SELECT a.attname::text FROM pg_index i CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY k(num, n)
                     JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.num
                     WHERE i.indrelid = c.oid AND i.indisprimary AND k.n <= i.indnkeyatts ORDER BY k.n),
               (SELECT coalesce(sum(st.avg_width * (1 - st.null_frac)), 0)::float8 FROM pg_stats st
                WHERE st.schemaname = n.nspname AND st.tablename = c.relname AND NOT st.inherited),
               coalesce(substring(c.reloptions::text FROM 'fillfactor=([0-9]+)')::int, 100),
               coalesce((SELECT d.datcollversion IS DISTINCT FROM pg_database_collation_actual_version(d.oid)
                         FROM pg_database d WHERE d.datname = current_database() AND d.datcollversion IS NOT NULL), false),
               ARRAY(SELECT x.relname::text || ' (' || coalesce(l.collname, d.datcollate) || ')'
                     FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
                     CROSS JOIN LATERAL unnest(i.indcollation::oid[]) ic(oid)
                     JOIN pg_collation l ON l.oid = ic.oid
                     JOIN pg_database d ON d.datname = current_database()
                     WHERE i.indrelid = c.oid AND i.indisunique AND {CollationSql.CanChange})
        FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_stat_all_tables s ON s.relid = c.oid
        WHERE n.nspname = @schema AND c.relname = @name AND c.relkind IN ('r', 'p')
        """;

    /// <summary>Object id.</summary>
    public required uint Oid { get; init; }

    /// <summary>Rows as the planner estimates them; -1 when never vacuumed or analysed.</summary>
    public required long EstimatedRows { get; init; }

    /// <summary>Pages that the visibility map called all-visible at the last VACUUM or ANALYZE.</summary>
    public required long VisiblePages { get; init; }

    /// <summary>Size of the heap.</summary>
    public required long HeapBytes { get; init; }

    /// <summary>Sequential scans since the statistics began.</summary>
    public required long SequentialScans { get; init; }

    /// <summary>Index scans since the statistics began.</summary>
    public required long IndexScans { get; init; }

    /// <summary>Dead rows, estimated.</summary>
    public required long DeadRows { get; init; }

    /// <summary>Rows changed since the last ANALYZE.</summary>
    public required long ModifiedRows { get; init; }

    /// <summary>True when the planner has column statistics.</summary>
    public required bool IsAnalyzed { get; init; }

    /// <summary>False when a crash empties it.</summary>
    public required bool IsLogged { get; init; }

    /// <summary>True when the table's own settings switch autovacuum off.</summary>
    public required bool IsAutovacuumOff { get; init; }

    /// <summary>True when the server counts changes and vacuums by itself.</summary>
    public required bool IsServerVacuuming { get; init; }

    /// <summary>True while autovacuum works on it.</summary>
    public required bool IsBeingVacuumed { get; init; }

    /// <summary>Names of the columns.</summary>
    public required IReadOnlyList<string> Columns { get; init; }

    /// <summary>Columns of the primary key.</summary>
    public required IReadOnlyList<string> KeyColumns { get; init; }

    /// <summary>Average bytes of a row's values by the statistics.</summary>
    public required double AverageWidth { get; init; }

    /// <summary>The table's fillfactor.</summary>
    public required int FillFactor { get; init; }

    /// <summary>True when the operating system's collation is not of the version the database was made with.</summary>
    public required bool IsCollationOutdated { get; init; }

    /// <summary>Unique indexes whose text columns compare by language, each with its collation.</summary>
    public required IReadOnlyList<string> LinguisticIndexes { get; init; }

    /// <summary>The facts, or null when there is no such table.</summary>
    public static async Task<TableState?> ReadAsync(NpgsqlConnection connection, TableName table, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(Query, connection);
        command.Parameters.AddWithValue("schema", NpgsqlDbType.Text, table.Schema);
        command.Parameters.AddWithValue("name", NpgsqlDbType.Text, table.Name);
        NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            if (!await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                return null;
            return new TableState
            {
                Oid = row.GetFieldValue<uint>(0),
                EstimatedRows = row.GetInt64(1),
                VisiblePages = row.GetInt64(2),
                HeapBytes = row.GetInt64(3),
                SequentialScans = row.GetInt64(4),
                IndexScans = row.GetInt64(5),
                DeadRows = row.GetInt64(6),
                ModifiedRows = row.GetInt64(7),
                IsAnalyzed = row.GetBoolean(8),
                IsLogged = row.GetBoolean(9),
                IsAutovacuumOff = row.GetBoolean(10),
                IsServerVacuuming = row.GetBoolean(11),
                IsBeingVacuumed = row.GetBoolean(12),
                Columns = row.GetFieldValue<string[]>(13),
                KeyColumns = row.GetFieldValue<string[]>(14),
                AverageWidth = row.GetDouble(15),
                FillFactor = row.GetInt32(16),
                IsCollationOutdated = row.GetBoolean(17),
                LinguisticIndexes = row.GetFieldValue<string[]>(18),
            };
        }
    }
}
