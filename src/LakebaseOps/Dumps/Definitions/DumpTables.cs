using LakebaseOps.Dumps.Definitions.Catalog;
using LakebaseOps.Operations;
using Npgsql;

namespace LakebaseOps.Dumps.Definitions;

/// <summary>Tables whose rows a dump carries, from the catalog, whoever reads the objects.</summary>
internal static class DumpTables
{
    private static readonly string Sql = $"""
        SELECT c.oid, n.nspname, c.relname, c.relkind = 'r',
          ARRAY(SELECT a.attname::text FROM pg_attribute a
                WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' ORDER BY a.attnum),
          ARRAY(SELECT format_type(a.atttypid, a.atttypmod) FROM pg_attribute a
                WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' ORDER BY a.attnum),
          coalesce(pg_relation_size(c.oid), 0), coalesce(pg_table_size(c.oid), 0), greatest(c.reltuples, 0)::bigint,
          coalesce((SELECT m.amname <> 'heap' FROM pg_am m WHERE m.oid = c.relam), false)
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p') AND {DraftPart.OwnSchema} AND {DraftPart.NotMember("pg_class", "c.oid")}
        ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"
        """;

    /// <summary>Reads them all, and locks what is chosen against being changed or dropped while it is dumped.</summary>
    public static async Task<IReadOnlyList<DumpTable>> ReadAsync(
        NpgsqlConnection connection, DumpSelection selection, CancellationToken cancellationToken)
    {
        List<DumpTable> tables = [];
        List<string> locks = [];
        using (NpgsqlCommand command = new(Sql, connection))
        {
            NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    TableName name = new(row.GetString(1), row.GetString(2));
                    if (IsChosen(name, selection))
                        locks.Add(name.ToSql());
                    if (!row.GetBoolean(3))
                        continue;
                    tables.Add(new DumpTable(
                        name, row.GetFieldValue<uint>(0), row.GetFieldValue<string[]>(4), row.GetInt64(6), row.GetInt64(7), row.GetInt64(8))
                    {
                        Types = row.GetFieldValue<string[]>(5),
                        IsWhole = row.GetBoolean(9),
                    });
                }
            }
        }

        foreach (string[] some in locks.Chunk(500))
        {
            using NpgsqlCommand command = new($"LOCK TABLE ONLY {string.Join(", ONLY ", some)} IN ACCESS SHARE MODE", connection);
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }

        return await ServerBound.MarkAsync(connection, tables, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>True when a relation is what the selection asks for.</summary>
    public static bool IsChosen(TableName name, DumpSelection selection) =>
        (selection.Schemas.Count == 0 || selection.Schemas.Any(pattern => Wildcard.Matches(pattern, name.Schema)))
        && (selection.Tables.Count == 0 || selection.Tables.Any(pattern => Matches(pattern, name)));

    /// <summary>True when a pattern of name or schema.name, either part perhaps in quotes, means the relation.</summary>
    public static bool Matches(string pattern, TableName name) =>
        Wildcard.Matches(pattern, name.Name) || Wildcard.Matches(pattern, $"{name.Schema}.{name.Name}")
        || (TableName.TryParse(pattern, "public", out TableName? quoted, out _) && quoted == name);
}
