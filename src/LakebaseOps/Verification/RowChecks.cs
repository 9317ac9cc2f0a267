using Npgsql;

namespace LakebaseOps.Verification;

/// <summary>The checks of the number of rows, of stage tables and of privileges.</summary>
internal static class RowChecks
{
    /// <summary>The exact number of rows.</summary>
    public static async Task<long> CountAsync(NpgsqlConnection connection, TableName table, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new($"SELECT count(*) FROM {table.ToSql()}", connection);
        return (long)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    /// <summary>The number of rows against -ExpectedRows or the ledger.</summary>
    public static Finding RowCount(long rows, LedgerRows ledger, TestTableOptions options)
    {
        string actual = CatalogChecks.Count(rows);
        if ((options.ExpectedRows ?? ledger.Rows) is not long expected)
        {
            return Finding.Skip($"{actual} rows, and neither -ExpectedRows nor the load ledger says how many there should be",
                "Give -ExpectedRows.");
        }

        string source = options.ExpectedRows is null ? " (load ledger)" : "";
        return Finding.Require(rows == expected, CatalogChecks.Count(expected) + source, actual,
            "Load the table again, or find out who changed it since.");
    }

    /// <summary>The planner's estimate against the exact number.</summary>
    public static Finding EstimatedRows(long rows, TableState facts, TestTableOptions options)
    {
        double error = Math.Abs(facts.EstimatedRows - rows) / Math.Max(1.0, rows);
        bool known = facts.EstimatedRows >= 0;
        return Finding.Prefer(known ? error <= options.EstimateTolerance : rows == 0,
            $"{CatalogChecks.Count(rows)} ± {CatalogChecks.Share(options.EstimateTolerance)}",
            known ? CatalogChecks.Count(facts.EstimatedRows) : "never analysed", "Run ANALYZE on the table.");
    }

    /// <summary>Stage tables that no unfinished load owns.</summary>
    public static Finding LeftoverStage(LedgerRows ledger) => Finding.Prefer(
        ledger.LeftStages.Count == 0,
        "no abandoned stage table",
        ledger.LeftStages.Count > 0 ? string.Join(", ", ledger.LeftStages)
            : ledger.LiveStages.Count > 0 ? $"an unfinished load can be resumed: {string.Join(", ", ledger.LiveStages)}" : "none",
        "Drop it; no load on record needs it.");

    /// <summary>Privileges to read, of this role and of those named.</summary>
    public static async Task<Finding> GrantsAsync(
        NpgsqlConnection connection, TableState facts, TestTableOptions options, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(
            """
            SELECT r.name, coalesce((
                SELECT has_table_privilege(p.oid, c.oid, 'SELECT') AND has_schema_privilege(p.oid, c.relnamespace, 'USAGE')
                FROM pg_roles p WHERE p.rolname = r.name), false)
            FROM pg_class c, unnest(@roles || current_user::text) r(name) WHERE c.oid = @table
            """, connection);
        command.Parameters.AddWithValue("roles", (options.Reader ?? []).ToArray());
        command.Parameters.AddWithValue("table", NpgsqlTypes.NpgsqlDbType.Oid, facts.Oid);
        List<string> readers = [];
        List<string> refused = [];
        NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                (row.GetBoolean(1) ? readers : refused).Add(row.GetString(0));
        }

        return Finding.Require(refused.Count == 0, $"SELECT for {string.Join(", ", readers.Concat(refused))}",
            refused.Count == 0 ? "granted" : $"refused to {string.Join(", ", refused)}",
            "GRANT USAGE ON SCHEMA and SELECT ON the table to the role.");
    }
}
