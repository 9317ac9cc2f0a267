using Npgsql;
using NpgsqlTypes;

namespace LakebaseOps.Verification;

/// <summary>What the load ledger says about a table as it stands: its last replacement and what was appended since.</summary>
/// <param name="Rows">Rows that the loads put into it; null when no replacement of this very table is on record.</param>
/// <param name="ContentHash">Content hash of the replacement when nothing was appended since and all of it was hashed.</param>
/// <param name="Fields">The columns that were loaded, in their order; null when not on record.</param>
/// <param name="LeftStages">Stage tables of the table that no unfinished load owns.</param>
/// <param name="LiveStages">Stage tables of unfinished loads.</param>
internal sealed record LedgerRows(
    long? Rows, string? ContentHash, string? Fields, IReadOnlyList<string> LeftStages, IReadOnlyList<string> LiveStages)
{
    private const string Stages =
        """
        SELECT c.oid, c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = @schema AND c.relkind IN ('r', 'p') AND c.relname ~ '__stg_[0-9a-f]{10}$'
          AND starts_with(@name, left(c.relname, length(c.relname) - 16))
        """;

    private const string Loads =
        """
        SELECT mode, status, CASE WHEN fingerprint ->> 'conflict' IS NULL THEN rows
                   ELSE (SELECT coalesce(sum(inserted), 0)::bigint FROM lakebase_ops.load_chunk c WHERE c.load_id = l.load_id) END, content_hash, stage_oid, coalesce(table_oid = @table, false), fingerprint->>'fields',
               l.reads_back AND NOT EXISTS (SELECT FROM lakebase_ops.load_chunk c WHERE c.load_id = l.load_id AND c.encoding <> 'Binary')
        FROM lakebase_ops.load_table l WHERE schema_name = @schema AND table_name = @name ORDER BY finished_at NULLS LAST
        """;

    /// <summary>Reads ledger and stage tables; a missing or unreadable ledger says nothing.</summary>
    public static async Task<LedgerRows> ReadAsync(
        NpgsqlConnection connection, TableName table, uint oid, CancellationToken cancellationToken)
    {
        using NpgsqlCommand known = new(
            "SELECT count(*) = 2 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'lakebase_ops' "
            + "AND c.relname IN ('load_table', 'load_chunk') AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')", connection);
        bool hasLedger = (bool)(await known.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
        long? rows = null;
        string? hash = null;
        string? fields = null;
        HashSet<uint> live = [];
        if (hasLedger)
        {
            await EachAsync(connection, Loads, table, oid, row =>
            {
                if (row.GetString(1) != "Loaded")
                {
                    if (!row.IsDBNull(4))
                        live.Add(row.GetFieldValue<uint>(4));
                    return;
                }

                // What went into another table than the one that stands there now, perhaps since a load was undone, says nothing about this one.
                if (!row.GetBoolean(5))
                    return;
                bool replaces = row.GetString(0) == "Replace";
                rows = row.IsDBNull(2) ? null : replaces ? row.GetInt64(2) : rows + row.GetInt64(2);
                // What was sent as text was hashed as text, and some types come back otherwise than they were sent.
                bool comparable = replaces && rows is not null && !row.IsDBNull(3) && !row.IsDBNull(6) && row.GetBoolean(7);
                hash = comparable ? row.GetString(3) : null;
                fields = comparable ? row.GetString(6) : null;
            }, cancellationToken).ConfigureAwait(false);
        }

        List<string> left = [];
        List<string> owned = [];
        await EachAsync(connection, Stages, table, oid, row =>
            (live.Contains(row.GetFieldValue<uint>(0)) ? owned : left).Add(row.GetString(1)), cancellationToken).ConfigureAwait(false);
        return new LedgerRows(rows, hash, fields, left, owned);
    }

    private static async Task EachAsync(
        NpgsqlConnection connection, string sql, TableName table, uint oid, Action<NpgsqlDataReader> use,
        CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(sql, connection);
        command.Parameters.AddWithValue("schema", NpgsqlDbType.Text, table.Schema);
        command.Parameters.AddWithValue("name", NpgsqlDbType.Text, table.Name);
        if (sql.Contains("@table", StringComparison.Ordinal))
            command.Parameters.AddWithValue("table", NpgsqlDbType.Oid, oid);
        NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                use(row);
        }
    }
}
