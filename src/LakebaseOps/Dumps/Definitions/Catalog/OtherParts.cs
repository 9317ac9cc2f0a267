using static LakebaseOps.Dumps.Definitions.Catalog.DraftPart;

namespace LakebaseOps.Dumps.Definitions.Catalog;

/// <summary>What the managed reader cannot express, and what no dump carries.</summary>
internal static class OtherParts
{
    private static readonly string Refused =
        $"""
        SELECT c.oid, '!', n.nspname, c.relname, format('foreign table %I.%I', n.nspname, c.relname), NULL, NULL, NULL, NULL
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind = 'f' AND {OwnSchema} AND {NotMember("pg_class", "c.oid")}
        UNION ALL
        SELECT t.oid, '!', n.nspname, t.typname,
          format(CASE WHEN t.typisdefined THEN 'base type %I.%I' ELSE 'shell type %I.%I' END, n.nspname, t.typname), NULL, NULL, NULL, NULL
        FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
        WHERE (t.typtype = 'b' AND t.typcategory <> 'A' OR t.typtype = 'p') AND {OwnSchema} AND {NotMember("pg_type", "t.oid")}
        UNION ALL
        SELECT o.oid, '!', n.nspname, o.oprname, format('operator %I.%s without a function', n.nspname, o.oprname), NULL, NULL, NULL, NULL
        FROM pg_operator o JOIN pg_namespace n ON n.oid = o.oprnamespace
        WHERE o.oprcode = 0 AND {OwnSchema} AND {NotMember("pg_operator", "o.oid")}
        """
        + Refuse("operator class", "pg_opclass", "opcname", "opcnamespace")
        + Refuse("operator family", "pg_opfamily", "opfname", "opfnamespace")
        + Refuse("conversion", "pg_conversion", "conname", "connamespace")
        + Refuse("text search parser", "pg_ts_parser", "prsname", "prsnamespace")
        + Refuse("text search template", "pg_ts_template", "tmplname", "tmplnamespace")
        + Refuse("language", "pg_language", "lanname")
        + Refuse("access method", "pg_am", "amname")
        + Refuse("foreign data wrapper", "pg_foreign_data_wrapper", "fdwname")
        + Refuse("foreign server", "pg_foreign_server", "srvname")
        + """

        UNION ALL
        SELECT t.oid, '!', '', l.lanname, format('transform for %s in language %I', t.trftype::regtype, l.lanname), NULL, NULL, NULL, NULL
        FROM pg_transform t JOIN pg_language l ON l.oid = t.trflang
        WHERE t.oid >= 16384 AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_transform'::regclass AND e.objid = t.oid AND e.deptype = 'e')
        UNION ALL
        SELECT 0, '!', '', 'large objects', count(*) || ' large object' || CASE count(*) WHEN 1 THEN '' ELSE 's' END, NULL, NULL, NULL, NULL
        FROM pg_largeobject_metadata HAVING count(*) > 0
        UNION ALL
        SELECT 0, '!', coalesce(s.objnamespace::regnamespace::text, ''), s.objname, 'security label on ' || s.objtype || ' ' || s.objname, NULL, NULL, NULL, NULL
        FROM pg_seclabels s
        WHERE s.objtype NOT IN ('role', 'database', 'tablespace')
        """;

    private const string Left = """
        SELECT p.oid, '-', '', p.pubname, format('publication %I: the server that is restored to has subscribers of its own', p.pubname), NULL, NULL, NULL, NULL
        FROM pg_publication p
        UNION ALL
        SELECT s.oid, '-', '', s.subname, format('subscription %I: the rows come with the dump', s.subname), NULL, NULL, NULL, NULL
        FROM pg_subscription s WHERE s.subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())
        UNION ALL
        SELECT n.oid, '-', '', n.nspname, CASE n.nspname WHEN 'lakebase_ops' THEN 'schema lakebase_ops: the books of LakebaseOps on its own work'
                 ELSE format('schema %I: it belongs to the platform', n.nspname) END, NULL, NULL, NULL, NULL
        FROM pg_namespace n WHERE n.nspname IN ('lakebase_ops', '__db_system')
        UNION ALL
        SELECT x.oid, '-', '', x.extname, format('members of extension %I: the extension makes them', x.extname), NULL, NULL, NULL, NULL
        FROM pg_extension x WHERE x.oid >= 16384
        UNION ALL
        SELECT c.oid, '-', '', c.relname, format('rows of %s: the table belongs to extension %I', c.oid::regclass, x.extname), NULL, NULL, NULL, NULL
        FROM pg_extension x CROSS JOIN LATERAL unnest(x.extconfig) AS u(id) JOIN pg_class c ON c.oid = u.id
        UNION ALL
        SELECT c.oid, '-', n.nspname, c.relname,
          format('tablespace %I of %I.%I: it is made where the database lies', s.spcname, n.nspname, c.relname), NULL, NULL, NULL, NULL
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_tablespace s ON s.oid = c.reltablespace
        WHERE c.relkind IN ('r', 'p', 'm', 'i', 'I') AND c.oid >= 16384 AND n.nspname !~ '^pg_'
        UNION ALL
        SELECT 0, '-', '', '', 'settings of the database and of roles in it: ' || string_agg(DISTINCT split_part(v, '=', 1), ', '), NULL, NULL, NULL, NULL
        FROM pg_db_role_setting s CROSS JOIN unnest(s.setconfig) AS v
        WHERE s.setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database()) HAVING count(*) > 0
        """;

    public static IReadOnlyList<DraftPart> All { get; } =
    [
        new(Nothing, DumpSection.PreData, Refused),
        new(Nothing, DumpSection.PreData, Left),
    ];

    private static string Refuse(string what, string catalog, string name, string? schema = null) =>
        $"""

        UNION ALL
        SELECT o.oid, '!', {(schema is null ? "''" : "n.nspname")}, o.{name}, {(schema is null ? $"format('{what} %I', o.{name})" : $"format('{what} %I.%I', n.nspname, o.{name})")},
          NULL, NULL, NULL, NULL
        FROM {catalog} o {(schema is null ? "" : $"JOIN pg_namespace n ON n.oid = o.{schema}")}
        WHERE o.oid >= 16384 AND {(schema is null ? "true" : OwnSchema)} AND {NotMember(catalog, "o.oid")}
        """;
}
