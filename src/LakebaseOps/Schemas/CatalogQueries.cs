namespace LakebaseOps.Schemas;

/// <summary>The catalog queries behind <see cref="CatalogReader"/>; they hold for PostgreSQL 15 to 18.</summary>
internal static class CatalogQueries
{
    /// <summary>With no path but the server's own schema, the server qualifies every other name that it writes.</summary>
    public const string EnterEmptyPath = """
        SELECT set_config('lakebase_ops.search_path', current_setting('search_path'), true),
               set_config('search_path', 'pg_catalog', true)
        """;

    /// <summary>Gives the connection its path back, which matters inside a transaction of the caller.</summary>
    public const string LeaveEmptyPath =
        "SELECT set_config('search_path', current_setting('lakebase_ops.search_path'), true)";

    public static string Names(CatalogFilter filter) => $"""
        SELECT n.nspname, c.relname
        {From(filter, "")}
        ORDER BY n.nspname <> 'public', n.nspname, c.relname
        LIMIT 1000
        """;

    public static string Tables(CatalogFilter filter) => $"""
        SELECT c.oid, n.nspname, c.relname, obj_description(c.oid, 'pg_class'), c.reltuples::bigint,
               coalesce(pg_table_size(c.oid), 0), coalesce(pg_indexes_size(c.oid), 0), pg_get_userbyid(c.relowner),
               coalesce(c.reloptions, ARRAY[]::text[])
                 || ARRAY(SELECT 'toast.' || setting FROM pg_class t, unnest(t.reloptions) AS setting WHERE t.oid = c.reltoastrelid)
        {From(filter, "")}
        ORDER BY n.nspname, c.relname
        """;

    public static string Columns(CatalogFilter filter) => $"""
        SELECT a.attrelid, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid),
               a.attidentity::text, a.attgenerated::text,
               CASE WHEN a.attcollation <> t.typcollation THEN
                 CASE WHEN s.nspname = 'pg_catalog' THEN quote_ident(l.collname)
                      ELSE quote_ident(s.nspname) || '.' || quote_ident(l.collname) END END,
               col_description(a.attrelid, a.attnum),
               q.seqstart, q.seqincrement, q.seqmin, q.seqmax, q.seqcache, q.seqcycle
        {From(filter, """
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            JOIN pg_type t ON t.oid = a.atttypid
            LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
            LEFT JOIN pg_collation l ON l.oid = a.attcollation
            LEFT JOIN pg_namespace s ON s.oid = l.collnamespace
            LEFT JOIN pg_depend p ON a.attidentity <> '' AND p.refclassid = 'pg_class'::regclass AND p.refobjid = a.attrelid
              AND p.refobjsubid = a.attnum AND p.classid = 'pg_class'::regclass AND p.deptype = 'i'
            LEFT JOIN pg_sequence q ON q.seqrelid = p.objid
            """)}
        ORDER BY a.attrelid, a.attnum
        """;

    public static string Indexes(CatalogFilter filter) => $"""
        SELECT i.indrelid, x.relname, m.amname, i.indisunique, i.indisprimary, i.indisvalid AND i.indisready,
               i.indnullsnotdistinct, pg_get_expr(i.indpred, i.indrelid), pg_get_indexdef(i.indexrelid), k.conname,
               coalesce(x.reloptions, ARRAY[]::text[]), coalesce(pg_relation_size(x.oid), 0), obj_description(x.oid, 'pg_class')
        {From(filter, """
            JOIN pg_index i ON i.indrelid = c.oid
            JOIN pg_class x ON x.oid = i.indexrelid
            JOIN pg_am m ON m.oid = x.relam
            LEFT JOIN pg_constraint k ON k.conindid = x.oid AND k.conrelid = c.oid AND k.contype IN ('p', 'u', 'x')
            """)}
        ORDER BY i.indrelid, NOT i.indisprimary, x.relname
        """;

    public static string Constraints(CatalogFilter filter) => $"""
        SELECT k.conrelid, k.conname, k.contype::text, pg_get_constraintdef(k.oid), obj_description(k.oid, 'pg_constraint'),
               coalesce(x.reloptions, ARRAY[]::text[])
        {From(filter, """
            JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype IN ('c', 'f', 'p', 'u', 'x')
            LEFT JOIN pg_class x ON x.oid = k.conindid AND k.contype <> 'f'
            """)}
        ORDER BY k.conrelid, k.contype <> 'p', k.conname
        """;

    private static string From(CatalogFilter filter, string joins) => $"""
        FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        {joins}
        WHERE c.relkind IN ('r', 'p') AND {filter.Condition}
        """;
}
