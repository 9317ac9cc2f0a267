using Npgsql;

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
    // What an entry of an index on an expression is taken for, and a value whose width is not known.
    private const double UsualEntry = 60;
    private const int UsualWidth = 48;

    // Header and line pointer of an entry.
    private const double EntryOverhead = 12;

    /// <summary>True when the key compares by a collation's library.</summary>
    public bool IsSlow { get; init; }

    /// <summary>True when the key has no fixed length, so that a sort has more to do for it than to compare a word.</summary>
    public bool IsVariable { get; init; }

    /// <summary>Size of an entry by the widths of its key's columns, where no sample tells it.</summary>
    public double EntryBytes { get; init; } = UsualEntry;

    /// <summary>Share of the table whose entries fill the memory of a sort once.</summary>
    public double Run(long memoryBytes) => Math.Min(1, memoryBytes / Math.Max(1, Rows * ShapeModel.MemoryOf(EntryBytes)));

    /// <summary>Reads how large the table is and what its key consists of.</summary>
    public static Task<PlannedIndex> ReadAsync(
        NpgsqlConnection connection, TableName table, WantedIndex wanted, IndexJudgement judgement, CancellationToken cancellationToken) =>
        ReadAsync(connection, table, wanted.Name, judgement.Shape, cancellationToken);

    /// <summary>The same of an index that is known to be missing.</summary>
    public static async Task<PlannedIndex> ReadAsync(
        NpgsqlConnection connection, TableName table, string name, IndexShape indexShape, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(
            $"""
            SELECT pg_relation_size(c.oid), c.reltuples::float8, c.relpages::float8, coalesce(k.types, ''), k.width::float8
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace CROSS JOIN LATERAL (
                SELECT string_agg(format_type(a.atttypid, a.atttypmod) || ' ' || a.attcollation, ',' ORDER BY a.attnum) AS types,
                       sum(CASE WHEN a.attlen > 0 THEN a.attlen ELSE coalesce((
                           SELECT max(s.avg_width) FROM pg_stats s
                           WHERE s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = a.attname), {UsualWidth}) END) AS width
                FROM pg_attribute a
                WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND quote_ident(a.attname) = ANY ($2)) k
            WHERE c.oid = to_regclass($1)
            """, connection)
        {
            Parameters = { new() { Value = table.ToSql() }, new() { Value = indexShape.Keys.ToArray() } },
        };
        long bytes;
        double rows;
        double pages;
        string types;
        double entry;
        NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            await row.ReadAsync(cancellationToken).ConfigureAwait(false);
            (bytes, rows, pages, types) = (row.GetInt64(0), row.GetDouble(1), row.GetDouble(2), row.GetString(3));
            entry = row.IsDBNull(4) ? UsualEntry : row.GetDouble(4) + EntryOverhead;
        }

        // As the server's own planner does: the density of the last ANALYZE, over the pages of now.
        double now = bytes / 8192.0;
        if (rows >= 0 && pages > 0)
            rows = rows / pages * now;
        else if (bytes > 0)
            rows = await DensityAsync(connection, table, now, cancellationToken).ConfigureAwait(false);
        rows = Math.Max(0, rows);
        double width = bytes / Math.Max(1, rows);
        string shape = $"{indexShape.Clause}|{types}|{Math.Round(2 * Math.Log2(Math.Max(1, width)))}";
        return new PlannedIndex(table, name, indexShape.Clause, rows, bytes, shape)
        {
            IsSlow = indexShape.IsSlow,
            IsVariable = indexShape.IsVariable,
            EntryBytes = entry,
        };
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
