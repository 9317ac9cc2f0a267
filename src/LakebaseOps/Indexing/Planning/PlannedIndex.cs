using Npgsql;
using NpgsqlTypes;

namespace LakebaseOps.Indexing.Planning;

/// <summary>An index that has to be built.</summary>
/// <param name="Table">The table.</param>
/// <param name="Name">Name of the index.</param>
/// <param name="Clause">What follows the table's name, as the server writes it.</param>
/// <param name="Rows">Rows of the table, about.</param>
/// <param name="HeapBytes">Size of the table.</param>
/// <param name="Shape">Equal for indexes whose builds cost the same for each row: types and collations of the key, width of the rows.</param>
internal sealed record PlannedIndex(TableName Table, string Name, string Clause, double Rows, long HeapBytes, string Shape)
{
    /// <summary>Reads how large the table is and what its key consists of.</summary>
    public static async Task<PlannedIndex> ReadAsync(
        NpgsqlConnection connection, TableName table, WantedIndex wanted, IndexJudgement judgement, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(
            """
            SELECT pg_relation_size(c.oid), c.reltuples::float8, c.relpages::float8,
                   coalesce((SELECT string_agg(format_type(a.atttypid, a.atttypmod) || ' ' || a.attcollation, ',' ORDER BY a.attnum)
                             FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                               AND quote_ident(a.attname) = ANY ($2)), '')
            FROM pg_class c WHERE c.oid = $1
            """, connection)
        {
            Parameters = { new() { Value = judgement.Table, NpgsqlDbType = NpgsqlDbType.Oid }, new() { Value = judgement.Shape.Keys.ToArray() } },
        };
        long bytes;
        double rows;
        double pages;
        string types;
        NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            await row.ReadAsync(cancellationToken).ConfigureAwait(false);
            (bytes, rows, pages, types) = (row.GetInt64(0), row.GetDouble(1), row.GetDouble(2), row.GetString(3));
        }

        // As the server's own planner does: the density of the last ANALYZE, over the pages of now.
        double now = bytes / 8192.0;
        if (rows >= 0 && pages > 0)
            rows = rows / pages * now;
        else if (bytes > 0)
            rows = await DensityAsync(connection, table, now, cancellationToken).ConfigureAwait(false);
        rows = Math.Max(0, rows);
        double width = bytes / Math.Max(1, rows);
        string shape = $"{judgement.Shape.Clause}|{types}|{Math.Round(2 * Math.Log2(Math.Max(1, width)))}";
        return new PlannedIndex(table, wanted.Name, judgement.Shape.Clause, rows, bytes, shape);
    }

    // Never analysed, as after a load: counts the rows of a few hundred pages.
    private static async Task<double> DensityAsync(NpgsqlConnection connection, TableName table, double pages, CancellationToken cancellationToken)
    {
        const double Pages = 300;
        double percent = Math.Min(100, 100 * Pages / pages);
        string method = percent < 100 ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $" TABLESAMPLE SYSTEM ({percent:0.######}) REPEATABLE (1)") : "";
        using NpgsqlCommand count = new(
            $"SELECT count(*)::float8, count(DISTINCT (ctid::text::point)[0])::float8 FROM {table.ToSql()}{method}", connection);
        NpgsqlDataReader row = await count.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            await row.ReadAsync(cancellationToken).ConfigureAwait(false);
            return row.GetDouble(0) / Math.Max(1, row.GetDouble(1)) * pages;
        }
    }
}
