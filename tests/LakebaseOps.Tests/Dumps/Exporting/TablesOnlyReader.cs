using LakebaseOps.Dumps.Definitions;
using Npgsql;

namespace LakebaseOps.Tests.Dumps.Exporting;

/// <summary>Tables with plain columns, no more: what a dump of rows needs to know.</summary>
internal sealed class TablesOnlyReader : IDefinitionReader
{
    private const string Query =
        """
        SELECT n.nspname, c.relname, c.oid, coalesce(array_agg(a.attname::text ORDER BY a.attnum) FILTER (WHERE a.attname IS NOT NULL), '{}'),
            coalesce(array_agg(format_type(a.atttypid, a.atttypmod) ORDER BY a.attnum) FILTER (WHERE a.attname IS NOT NULL), '{}'),
            pg_relation_size(c.oid), pg_table_size(c.oid), c.reltuples::bigint
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
        WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema') GROUP BY n.nspname, c.relname, c.oid, c.reltuples
        ORDER BY n.nspname, c.relname
        """;

    public async Task<DatabaseDefinition> ReadAsync(
        NpgsqlConnection connection, string snapshot, DumpSelection selection, CancellationToken cancellationToken)
    {
        List<DumpObject> objects = [];
        List<DumpTable> tables = [];
        await using NpgsqlCommand command = new(Query, connection);
        await using NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
        {
            TableName table = new(row.GetString(0), row.GetString(1));
            string[] columns = row.GetFieldValue<string[]>(3);
            string[] types = row.GetFieldValue<string[]>(4);
            string list = string.Join(", ", columns.Select((column, number) => $"{TableName.Quote(column)} {types[number]}"));
            objects.Add(new DumpObject(DumpSection.PreData, "SCHEMA", "", table.Schema, $"CREATE SCHEMA IF NOT EXISTS {TableName.Quote(table.Schema)};"));
            objects.Add(new DumpObject(DumpSection.PreData, "TABLE", table.Schema, table.Name, $"CREATE TABLE {table.ToSql()} ({list});") { Relation = table });
            tables.Add(new DumpTable(table, row.GetFieldValue<uint>(2), columns, row.GetInt64(5), row.GetInt64(6), row.GetInt64(7)) { Types = types });
        }

        return new DatabaseDefinition(objects, tables);
    }
}
