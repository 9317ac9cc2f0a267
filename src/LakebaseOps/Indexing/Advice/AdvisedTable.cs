using Npgsql;
using NpgsqlTypes;

namespace LakebaseOps.Indexing.Advice;

/// <summary>What advice on a table's indexes rests on.</summary>
/// <param name="Name">The table.</param>
/// <param name="Rows">Rows, about.</param>
/// <param name="HeapBytes">Size without indexes.</param>
/// <param name="Columns">Its columns.</param>
/// <param name="UpdatedShare">Rows updated since the statistics began, as a share of all.</param>
/// <param name="Counting">How long the server has counted.</param>
/// <param name="Indexes">Its valid indexes.</param>
internal sealed record AdvisedTable(
    TableName Name, double Rows, long HeapBytes, IReadOnlyList<AdvisedColumn> Columns, double UpdatedShare, TimeSpan Counting,
    IReadOnlyList<IndexFacts> Indexes)
{
    /// <summary>Reads it.</summary>
    /// <exception cref="LakebaseException">ObjectNotFound.</exception>
    public static async Task<AdvisedTable> ReadAsync(NpgsqlConnection connection, TableName table, CancellationToken cancellationToken)
    {
        uint oid = await ExistingIndex.TableOidAsync(connection, table, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<AdvisedColumn> columns = await ColumnsAsync(connection, oid, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<IndexFacts> indexes = await IndexFacts.ListAsync(connection, oid, cancellationToken).ConfigureAwait(false);
        using NpgsqlCommand command = new(
            """
            SELECT greatest(c.reltuples, 0)::float8, pg_table_size(c.oid), coalesce(s.n_tup_upd, 0)::float8,
                   clock_timestamp() - coalesce((SELECT stats_reset FROM pg_stat_database WHERE datname = current_database()), pg_postmaster_start_time())
            FROM pg_class c LEFT JOIN pg_stat_all_tables s ON s.relid = c.oid WHERE c.oid = $1
            """, connection)
        {
            Parameters = { new() { Value = oid, NpgsqlDbType = NpgsqlDbType.Oid } },
        };
        NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            await row.ReadAsync(cancellationToken).ConfigureAwait(false);
            double rows = row.GetDouble(0);
            return new AdvisedTable(table, rows, row.GetInt64(1), columns, row.GetDouble(2) / Math.Max(1, rows), row.GetTimeSpan(3), indexes);
        }
    }

    private static async Task<IReadOnlyList<AdvisedColumn>> ColumnsAsync(NpgsqlConnection connection, uint table, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(
            $"""
            SELECT a.attname, format_type(a.atttypid, NULL), a.attcollation <> 0 AND {CollationSql.IsSlow}
            FROM pg_attribute a LEFT JOIN pg_collation l ON l.oid = a.attcollation
            CROSS JOIN (SELECT * FROM pg_database WHERE datname = current_database()) d
            WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
            """, connection)
        {
            Parameters = { new() { Value = table, NpgsqlDbType = NpgsqlDbType.Oid } },
        };
        List<AdvisedColumn> columns = [];
        NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                columns.Add(new AdvisedColumn(row.GetString(0), row.GetString(1), row.GetBoolean(2)));
        }

        return columns;
    }
}

/// <summary>A column of it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type, without length.</param>
/// <param name="IsSlow">True when it compares by other rules than its bytes'.</param>
internal sealed record AdvisedColumn(string Name, string Type, bool IsSlow)
{
    /// <summary>True for text of any length.</summary>
    public bool IsText => Type is "text" or "character varying";
}
