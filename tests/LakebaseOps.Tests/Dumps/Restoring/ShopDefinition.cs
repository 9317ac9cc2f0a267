using LakebaseOps.Dumps.Definitions;
using Npgsql;

namespace LakebaseOps.Tests.Dumps.Restoring;

/// <summary>The definition of a small schema written by hand, so that restores are tested apart from readers of definitions.</summary>
internal sealed class ShopDefinition : IDefinitionReader
{
    /// <summary>Objects before the rows: kind, name, statement.</summary>
    private static readonly (string Kind, string Name, string Sql)[] Before =
    [
        ("SCHEMA", "shop", "CREATE SCHEMA shop;"),
        ("TYPE", "state", "CREATE TYPE shop.state AS ENUM ('new', 'paid');"),
        ("TYPE", "place", "CREATE TYPE shop.place AS (street text, number integer);"),
        ("FUNCTION", "half", "CREATE FUNCTION shop.half(numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT $1 / 2';"),
        ("SEQUENCE", "numbers", "CREATE SEQUENCE shop.numbers START WITH 7;"),
        ("TABLE", "customers", "CREATE TABLE shop.customers (id bigint GENERATED ALWAYS AS IDENTITY, name text NOT NULL, states shop.state[], home shop.place);"),
        ("TABLE", "orders",
            "CREATE TABLE shop.orders (id bigint DEFAULT nextval('shop.numbers') NOT NULL, customer bigint NOT NULL, state shop.state NOT NULL, total numeric, "
            + "doubled numeric GENERATED ALWAYS AS (total * 2) STORED, note text);"),
        ("TABLE", "nothing", "CREATE TABLE shop.nothing ();"),
        ("VIEW", "paid", "CREATE VIEW shop.paid AS SELECT id, total FROM shop.orders WHERE state = 'paid';"),
        ("MATERIALIZED VIEW", "sums", "CREATE MATERIALIZED VIEW shop.sums AS SELECT customer, sum(total) AS total FROM shop.orders GROUP BY customer WITH NO DATA;"),
    ];

    private static readonly (string Kind, string Table, string Name, string Sql)[] After =
    [
        ("CONSTRAINT", "customers", "customers customers_pkey", "ALTER TABLE ONLY shop.customers\n    ADD CONSTRAINT customers_pkey PRIMARY KEY (id);"),
        ("CONSTRAINT", "orders", "orders orders_pkey", "ALTER TABLE ONLY shop.orders\n    ADD CONSTRAINT orders_pkey PRIMARY KEY (id);"),
        ("CONSTRAINT", "orders", "orders orders_key", "ALTER TABLE ONLY shop.orders\n    ADD CONSTRAINT orders_key UNIQUE (customer, note) DEFERRABLE;"),
        ("INDEX", "orders", "orders_note", "CREATE INDEX orders_note ON shop.orders USING btree (lower(note));"),
        ("INDEX", "orders", "orders_half", "CREATE INDEX orders_half ON shop.orders USING btree (shop.half(total));"),
        ("FK CONSTRAINT", "orders", "orders orders_fkey", "ALTER TABLE ONLY shop.orders ADD CONSTRAINT orders_fkey FOREIGN KEY (customer) REFERENCES shop.customers(id);"),
        ("SEQUENCE SET", "", "numbers", "SELECT pg_catalog.setval('shop.numbers', {0}, true);"),
        ("MATERIALIZED VIEW DATA", "", "sums", "REFRESH MATERIALIZED VIEW shop.sums;"),
    ];

    /// <summary>What makes the schema with its rows.</summary>
    public static string Sql => string.Join("\n", Before.Select(one => one.Sql)) + """
        INSERT INTO shop.customers (name, states, home) SELECT 'c' || g, ARRAY['new', 'paid']::shop.state[], ROW('s' || g, g)::shop.place FROM generate_series(1, 500) g;
        INSERT INTO shop.orders (customer, state, total, note)
            SELECT 1 + g % 500, CASE WHEN g % 2 = 0 THEN 'paid' ELSE 'new' END::shop.state, g, 'n' || g FROM generate_series(1, 5000) g;
        INSERT INTO shop.nothing SELECT FROM generate_series(1, 3);
        """ + string.Join("\n", After.Select(one => one.Sql.Replace("{0}", "5006", StringComparison.Ordinal)));

    public async Task<DatabaseDefinition> ReadAsync(
        NpgsqlConnection connection, string snapshot, DumpSelection selection, CancellationToken cancellationToken)
    {
        List<DumpTable> tables = [];
        await using NpgsqlCommand command = new(
            """
            SELECT c.relname, c.oid, ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND attgenerated = '' ORDER BY attnum),
                pg_relation_size(c.oid), pg_table_size(c.oid)
            FROM pg_class c WHERE relnamespace = 'shop'::regnamespace AND relkind = 'r' ORDER BY 1
            """, connection);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            tables.Add(new DumpTable(
                new TableName("shop", reader.GetString(0)), reader.GetFieldValue<uint>(1), reader.GetFieldValue<string[]>(2), reader.GetInt64(3), reader.GetInt64(4), 0));
        }

        return new DatabaseDefinition(
            [
                .. Before.Select(one => new DumpObject(DumpSection.PreData, one.Kind, one.Kind == "SCHEMA" ? "" : "shop", one.Name, one.Sql)
                { Relation = one.Kind == "TABLE" ? new TableName("shop", one.Name) : null }),
                .. After.Select(one => new DumpObject(DumpSection.PostData, one.Kind, "shop", one.Name, one.Sql.Replace("{0}", "5006", StringComparison.Ordinal))
                { Relation = one.Table.Length > 0 ? new TableName("shop", one.Table) : null }),
            ],
            tables);
    }
}
