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

    private static readonly string Left = $"""
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
        UNION ALL
        SELECT 0, '-', '', '', what || ' of the database', NULL, NULL, NULL, NULL
        FROM pg_database d CROSS JOIN LATERAL (VALUES
          ('comment', shobj_description(d.oid, 'pg_database') <> 'default administrative connection database'), ('privileges', d.datacl IS NOT NULL),
          ('security label', EXISTS (SELECT FROM pg_shseclabel l WHERE l.classoid = 'pg_database'::regclass AND l.objoid = d.oid))) AS said (what, holds)
        WHERE d.datname = current_database() AND holds
        UNION ALL
        SELECT k.oid, '-', n.nspname, k.conname, format('state of the triggers that enforce constraint %I of %I.%I: they are enabled where it is made',
          k.conname, n.nspname, c.relname), NULL, NULL, NULL, NULL
        FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE {OwnSchema} AND EXISTS (SELECT FROM pg_trigger t WHERE t.tgconstraint = k.oid AND t.tgisinternal AND t.tgenabled <> 'O')
        UNION ALL
        SELECT 0, '-', '', '', 'privileges changed on objects of the server or of extensions: '
          || string_agg(pg_describe_object(o.classid, o.oid, o.sub), ', ' ORDER BY o.classid, o.oid, o.sub), NULL, NULL, NULL, NULL
        FROM (
          SELECT 'pg_class'::regclass::oid AS classid, oid, 0 AS sub, relacl AS acl, relnamespace AS namespace FROM pg_class
          UNION ALL SELECT 'pg_class'::regclass, attrelid, attnum, attacl, NULL FROM pg_attribute
          UNION ALL SELECT 'pg_proc'::regclass, oid, 0, proacl, pronamespace FROM pg_proc
          UNION ALL SELECT 'pg_type'::regclass, oid, 0, typacl, typnamespace FROM pg_type
          UNION ALL SELECT 'pg_language'::regclass, oid, 0, lanacl, NULL FROM pg_language
          UNION ALL SELECT 'pg_namespace'::regclass, oid, 0, nspacl, oid FROM pg_namespace WHERE nspname <> 'public') AS o
        LEFT JOIN pg_init_privs i ON i.classoid = o.classid AND i.objoid = o.oid AND i.objsubid = o.sub
        WHERE o.acl IS NOT NULL
          AND (i.objoid IS NOT NULL OR o.namespace IS DISTINCT FROM 'information_schema'::regnamespace) -- initdb notes nothing of that schema
          AND (o.oid < 16384 OR EXISTS (SELECT FROM pg_depend e WHERE e.classid = o.classid AND e.objid = o.oid AND e.deptype = 'e'))
          AND ARRAY(SELECT u::text FROM unnest(o.acl) AS u ORDER BY 1) <> ARRAY(SELECT u::text FROM unnest(i.initprivs) AS u ORDER BY 1)
        HAVING count(*) > 0
        UNION ALL
        SELECT 0, '-', '', '', 'privileges on parameters of the server: ' || string_agg(parname, ', ' ORDER BY parname), NULL, NULL, NULL, NULL
        FROM pg_parameter_acl HAVING count(*) > 0
        UNION ALL
        -- As initdb makes them: words by the dictionary of their language, all else by the simple one.
        SELECT 0, '-', '', '', 'changed mappings of text search configurations of the server: ' || string_agg(cfgname, ', ' ORDER BY cfgname), NULL, NULL, NULL, NULL
        FROM (
          SELECT c.cfgname FROM pg_ts_config c LEFT JOIN pg_ts_config_map m ON m.mapcfg = c.oid LEFT JOIN pg_ts_dict d ON d.oid = m.mapdict
          WHERE c.oid < 16384 GROUP BY c.oid, c.cfgname
          HAVING count(*) <> 19 OR count(DISTINCT m.maptokentype) <> 19 OR bool_or(d.oid >= 16384 OR d.dictname <> CASE
            WHEN c.cfgname = 'simple' OR m.maptokentype NOT IN (1, 2, 10, 11, 16, 17) THEN 'simple'
            WHEN c.cfgname IN ('hindi', 'russian') AND m.maptokentype IN (1, 11, 16) THEN 'english_stem' ELSE c.cfgname || '_stem' END)) AS changed
        HAVING count(*) > 0
        UNION ALL
        SELECT d.objid, '-', '', '', {Depends}format('%s on extension %I', pg_describe_object(d.classid, d.objid, 0), x.extname), NULL, NULL, NULL, NULL
        FROM pg_depend d JOIN pg_extension x ON d.refclassid = 'pg_extension'::regclass AND x.oid = d.refobjid
        WHERE d.deptype = 'x'
        """
        + Within("pg_class", "relnamespace", "o.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')")
        + Within("pg_proc", "pronamespace", "true")
        + Within("pg_type", "typnamespace", "(o.typtype IN ('e', 'd', 'r') OR o.typtype = 'b' AND o.typcategory <> 'A')")
        + Within("pg_operator", "oprnamespace", "true")
        + Within("pg_collation", "collnamespace", "true")
        + Within("pg_ts_config", "cfgnamespace", "true")
        + Within("pg_ts_dict", "dictnamespace", "true")
        + Added("pg_amop", "amopfamily")
        + Added("pg_amproc", "amprocfamily");

    /// <summary>How lines begin that pg_dump has nothing to do with: it carries that.</summary>
    internal const string DependenceOf = "dependence of ";

    private const string Depends = $"'{DependenceOf}' || ";

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

    /// <summary>What somebody has made in the server's own schemas, which pg_dump passes over as well.</summary>
    private static string Within(string catalog, string schema, string condition) =>
        $"""

        UNION ALL
        SELECT o.oid, '-', '', '', pg_describe_object('{catalog}'::regclass, o.oid, 0) || ': it lies in schema ' || n.nspname || ' of the server', NULL, NULL, NULL, NULL
        FROM {catalog} o JOIN pg_namespace n ON n.oid = o.{schema}
        WHERE o.oid >= 16384 AND n.nspname IN ('pg_catalog', 'information_schema') AND {condition} AND {NotMember(catalog, "o.oid")}
        """;

    /// <summary>Members that were added to operator families of the server.</summary>
    private static string Added(string catalog, string family) =>
        $"""

        UNION ALL
        SELECT o.oid, '-', '', '', pg_describe_object('{catalog}'::regclass, o.oid, 0) || ': the family belongs to the server', NULL, NULL, NULL, NULL
        FROM {catalog} o
        WHERE o.oid >= 16384 AND o.{family} < 16384
          AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = '{catalog}'::regclass AND d.objid = o.oid AND d.refclassid = 'pg_opclass'::regclass)
        """;
}
