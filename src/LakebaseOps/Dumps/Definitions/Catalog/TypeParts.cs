using static LakebaseOps.Dumps.Definitions.Catalog.DraftPart;

namespace LakebaseOps.Dumps.Definitions.Catalog;

/// <summary>Schemas, extensions, types, collations, text search.</summary>
internal static class TypeParts
{
    private static readonly string OwnType = $"{OwnSchema} AND {NotMember("pg_type", "t.oid")}";

    /// <summary>Every database begins with a schema public of the role pg_database_owner.</summary>
    private static readonly string Schemas = $"""
        SELECT n.oid, 'SCHEMA', '', n.nspname,
          CASE n.nspname WHEN 'public' THEN 'CREATE SCHEMA IF NOT EXISTS public;' ELSE format('CREATE SCHEMA %I;', n.nspname) END,
          CASE WHEN n.nspname = 'public' AND pg_get_userbyid(n.nspowner) = 'pg_database_owner' THEN NULL ELSE pg_get_userbyid(n.nspowner) END,
          format('SCHEMA %I', n.nspname), NULL, NULL
        FROM pg_namespace n
        WHERE {OwnSchema} AND {NotMember("pg_namespace", "n.oid")}
        """;

    private const string Extensions = """
        SELECT x.oid, 'EXTENSION', '', x.extname,
          format('CREATE EXTENSION IF NOT EXISTS %I WITH SCHEMA %I;', x.extname, n.nspname), NULL, NULL, NULL, NULL
        FROM pg_extension x JOIN pg_namespace n ON n.oid = x.extnamespace
        WHERE x.oid >= 16384
        """;

    private static readonly string Enums = $"""
        SELECT t.oid, 'TYPE', n.nspname, t.typname,
          format(E'CREATE TYPE %I.%I AS ENUM (\n    ', n.nspname, t.typname)
            || coalesce((SELECT string_agg(quote_literal(e.enumlabel), E',\n    ' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid), '')
            || E'\n);',
          pg_get_userbyid(t.typowner), format('TYPE %I.%I', n.nspname, t.typname), NULL, NULL
        FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
        WHERE t.typtype = 'e' AND {OwnType}
        """;

    private static readonly string Domains = $"""
        SELECT t.oid, 'DOMAIN', n.nspname, t.typname,
          format('CREATE DOMAIN %I.%I AS %s', n.nspname, t.typname, format_type(t.typbasetype, t.typtypmod))
          || CASE WHEN t.typcollation <> b.typcollation THEN (
               SELECT format(' COLLATE %I.%I', s.nspname, l.collname)
               FROM pg_collation l JOIN pg_namespace s ON s.oid = l.collnamespace WHERE l.oid = t.typcollation) ELSE '' END
          || CASE WHEN t.typnotnull THEN coalesce((
               SELECT format(' CONSTRAINT %I', k.conname) FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'n'), '') || ' NOT NULL' ELSE '' END
          || CASE WHEN t.typdefaultbin IS NOT NULL THEN ' DEFAULT ' || pg_get_expr(t.typdefaultbin, 'pg_type'::regclass)
                  WHEN t.typdefault IS NOT NULL THEN ' DEFAULT ' || quote_literal(t.typdefault) ELSE '' END,
          pg_get_userbyid(t.typowner), format('DOMAIN %I.%I', n.nspname, t.typname), NULL, NULL
        FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace JOIN pg_type b ON b.oid = t.typbasetype
        WHERE t.typtype = 'd' AND {OwnType}
        """;

    private static readonly string DomainChecks = $"""
        SELECT k.oid, 'CHECK CONSTRAINT', n.nspname, t.typname || ' ' || k.conname,
          format('ALTER DOMAIN %I.%I ADD CONSTRAINT %I %s;', n.nspname, t.typname, k.conname, pg_get_constraintdef(k.oid)), NULL, NULL, NULL, NULL,
          CASE WHEN k.convalidated THEN t.oid END AS inside, format('CONSTRAINT %I %s', k.conname, pg_get_constraintdef(k.oid)) AS tail
        FROM pg_constraint k JOIN pg_type t ON t.oid = k.contypid JOIN pg_namespace n ON n.oid = t.typnamespace
        WHERE k.contype = 'c' AND {OwnType}
        ORDER BY k.contypid, k.conname
        """;

    private static readonly string Composites = $"""
        SELECT t.oid, 'TYPE', n.nspname, t.typname,
          format(E'CREATE TYPE %I.%I AS (\n    ', n.nspname, t.typname)
            || coalesce((
              SELECT string_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod)
                || CASE WHEN a.attcollation <> b.typcollation THEN (
                     SELECT format(' COLLATE %I.%I', s.nspname, l.collname)
                     FROM pg_collation l JOIN pg_namespace s ON s.oid = l.collnamespace WHERE l.oid = a.attcollation) ELSE '' END, E',\n    ' ORDER BY a.attnum)
              FROM pg_attribute a JOIN pg_type b ON b.oid = a.atttypid
              WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped), '') || E'\n);',
          pg_get_userbyid(t.typowner), format('TYPE %I.%I', n.nspname, t.typname), NULL, NULL
        FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace JOIN pg_class c ON c.oid = t.typrelid AND c.relkind = 'c'
        WHERE t.typtype = 'c' AND {OwnType}
        """;

    private static readonly string Ranges = $"""
        SELECT t.oid, CASE WHEN r.rngcanonical = 0 THEN 'TYPE' ELSE '!' END, n.nspname, t.typname,
          CASE WHEN r.rngcanonical <> 0 THEN format('range type %I.%I has a canonical function', n.nspname, t.typname) ELSE
          format(E'CREATE TYPE %I.%I AS RANGE (\n    subtype = %s', n.nspname, t.typname, format_type(r.rngsubtype, NULL))
            || format(E',\n    multirange_type_name = %I.%I', mn.nspname, m.typname)
            || CASE WHEN NOT o.opcdefault THEN format(E',\n    subtype_opclass = %I.%I', os.nspname, o.opcname) ELSE '' END
            || CASE WHEN r.rngcollation <> b.typcollation THEN (
                 SELECT format(E',\n    collation = %I.%I', s.nspname, l.collname)
                 FROM pg_collation l JOIN pg_namespace s ON s.oid = l.collnamespace WHERE l.oid = r.rngcollation) ELSE '' END
            || CASE WHEN r.rngsubdiff <> 0 THEN E',\n    subtype_diff = ' || r.rngsubdiff::regproc ELSE '' END || E'\n);' END,
          pg_get_userbyid(t.typowner), format('TYPE %I.%I', n.nspname, t.typname), NULL, NULL
        FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace JOIN pg_range r ON r.rngtypid = t.oid
        JOIN pg_type b ON b.oid = r.rngsubtype JOIN pg_opclass o ON o.oid = r.rngsubopc JOIN pg_namespace os ON os.oid = o.opcnamespace
        JOIN pg_type m ON m.oid = r.rngmultitypid JOIN pg_namespace mn ON mn.oid = m.typnamespace
        WHERE t.typtype = 'r' AND {OwnType}
        """;

    /// <summary>PostgreSQL renamed the column of a collation's locale in 15 and again in 17, so it is read as JSON.</summary>
    private static readonly string Collations = $"""
        SELECT l.oid, 'COLLATION', n.nspname, l.collname,
          format('CREATE COLLATION %I.%I (provider = %s', n.nspname, l.collname,
                 CASE l.collprovider WHEN 'c' THEN 'libc' WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'default' END)
          || CASE WHEN l.collisdeterministic THEN '' ELSE ', deterministic = false' END
          || CASE WHEN coalesce(j.locale, l.collcollate) IS NOT NULL AND (j.locale IS NOT NULL OR l.collcollate = l.collctype)
                  THEN ', locale = ' || quote_literal(coalesce(j.locale, l.collcollate))
                  ELSE ', lc_collate = ' || quote_literal(l.collcollate) || ', lc_ctype = ' || quote_literal(l.collctype) END
          || coalesce(', rules = ' || quote_literal(to_jsonb(l) ->> 'collicurules'), '') || ');',
          pg_get_userbyid(l.collowner), format('COLLATION %I.%I', n.nspname, l.collname), NULL, NULL
        FROM pg_collation l JOIN pg_namespace n ON n.oid = l.collnamespace
        CROSS JOIN LATERAL (SELECT coalesce(to_jsonb(l) ->> 'colllocale', to_jsonb(l) ->> 'colliculocale') AS locale) AS j
        WHERE {OwnSchema} AND {NotMember("pg_collation", "l.oid")}
        """;

    private static readonly string Dictionaries = $"""
        SELECT d.oid, 'TEXT SEARCH DICTIONARY', n.nspname, d.dictname,
          format(E'CREATE TEXT SEARCH DICTIONARY %I.%I (\n    TEMPLATE = %I.%I%s );', n.nspname, d.dictname, tn.nspname, t.tmplname,
                 coalesce(E',\n    ' || d.dictinitoption, '')),
          pg_get_userbyid(d.dictowner), format('TEXT SEARCH DICTIONARY %I.%I', n.nspname, d.dictname), NULL, NULL
        FROM pg_ts_dict d JOIN pg_namespace n ON n.oid = d.dictnamespace
        JOIN pg_ts_template t ON t.oid = d.dicttemplate JOIN pg_namespace tn ON tn.oid = t.tmplnamespace
        WHERE {OwnSchema} AND {NotMember("pg_ts_dict", "d.oid")}
        """;

    private static readonly string Configurations = $"""
        SELECT g.oid, 'TEXT SEARCH CONFIGURATION', n.nspname, g.cfgname,
          format(E'CREATE TEXT SEARCH CONFIGURATION %I.%I (\n    PARSER = %I.%I );', n.nspname, g.cfgname, pn.nspname, p.prsname)
          || coalesce((
            SELECT string_agg(format(E'\nALTER TEXT SEARCH CONFIGURATION %I.%I\n    ADD MAPPING FOR %I WITH %s;', n.nspname, g.cfgname, alias, dictionaries), ''
                              ORDER BY tokid)
            FROM (SELECT k.tokid, k.alias, string_agg(m.mapdict::regdictionary::text, ', ' ORDER BY m.mapseqno) AS dictionaries
                  FROM pg_ts_config_map m JOIN ts_token_type(g.cfgparser) k ON k.tokid = m.maptokentype
                  WHERE m.mapcfg = g.oid GROUP BY k.tokid, k.alias) AS maps), ''),
          pg_get_userbyid(g.cfgowner), format('TEXT SEARCH CONFIGURATION %I.%I', n.nspname, g.cfgname), NULL, NULL
        FROM pg_ts_config g JOIN pg_namespace n ON n.oid = g.cfgnamespace
        JOIN pg_ts_parser p ON p.oid = g.cfgparser JOIN pg_namespace pn ON pn.oid = p.prsnamespace
        WHERE {OwnSchema} AND {NotMember("pg_ts_config", "g.oid")}
        """;

    public static IReadOnlyList<DraftPart> All { get; } =
    [
        new(Namespace, DumpSection.PreData, Schemas),
        new(DraftPart.Extension, DumpSection.PreData, Extensions),
        new(DraftPart.Type, DumpSection.PreData, Enums),
        new(DraftPart.Type, DumpSection.PreData, Domains),
        new(Constraint, DumpSection.PostData, DomainChecks),
        new(DraftPart.Type, DumpSection.PreData, Composites),
        new(DraftPart.Type, DumpSection.PreData, Ranges),
        new(Collation, DumpSection.PreData, Collations),
        new(TextDictionary, DumpSection.PreData, Dictionaries),
        new(TextConfiguration, DumpSection.PreData, Configurations),
    ];
}
