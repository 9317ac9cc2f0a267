using static LakebaseOps.Dumps.Definitions.Catalog.DraftPart;

namespace LakebaseOps.Dumps.Definitions.Catalog;

/// <summary>Tables, their defaults and checks, sequences.</summary>
internal static class RelationParts
{
    private static readonly string Own = $"{OwnSchema} AND {NotMember("pg_class", "c.oid")}";

    /// <summary>A default is written into its column where it refers to nothing of the user's, so that it cannot close a circle.</summary>
    private const string Inline = """
        d.oid IS NOT NULL AND c.relkind IN ('r', 'p') AND (a.attislocal OR c.relispartition OR c.reloftype <> 0)
        AND NOT EXISTS (SELECT FROM pg_depend dd WHERE dd.classid = 'pg_attrdef'::regclass AND dd.objid = d.oid
                        AND dd.deptype = 'n' AND dd.refobjid >= 16384)
        """;

    private static readonly string Tables = $"""
        SELECT c.oid, 'TABLE' AS kind, n.nspname, c.relname,
          'CREATE ' || CASE c.relpersistence WHEN 'u' THEN 'UNLOGGED ' ELSE '' END || format('TABLE %I.%I', n.nspname, c.relname)
            || CASE WHEN c.reloftype <> 0 THEN ' OF ' || format_type(c.reloftype, NULL) ELSE '' END,
          pg_get_userbyid(c.relowner), format('TABLE %I.%I', n.nspname, c.relname), n.nspname, c.relname,
          c.reloftype <> 0 AS typed,
          ARRAY(
            SELECT quote_ident(a.attname)
              || CASE WHEN c.reloftype <> 0 THEN ' WITH OPTIONS' ELSE ' ' || format_type(a.atttypid, a.atttypmod) END
              || CASE WHEN a.attcollation <> t.typcollation AND c.reloftype = 0
                   THEN (SELECT format(' COLLATE %I.%I', s.nspname, l.collname)
                         FROM pg_collation l JOIN pg_namespace s ON s.oid = l.collnamespace WHERE l.oid = a.attcollation) ELSE '' END
              || CASE WHEN a.attgenerated = 's' THEN ' GENERATED ALWAYS AS (' || pg_get_expr(d.adbin, d.adrelid) || ') STORED'
                      WHEN a.attgenerated = 'v' THEN ' GENERATED ALWAYS AS (' || pg_get_expr(d.adbin, d.adrelid) || ')'
                      WHEN {Inline} THEN ' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid) ELSE '' END
              || CASE WHEN nn.conname IS NOT NULL AND nn.convalidated
                        THEN format(' CONSTRAINT %I NOT NULL', nn.conname) || CASE WHEN nn.connoinherit THEN ' NO INHERIT' ELSE '' END
                      WHEN a.attnotnull AND nn.conname IS NULL THEN ' NOT NULL' ELSE '' END
            FROM pg_attribute a
            JOIN pg_type t ON t.oid = a.atttypid
            LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
            LEFT JOIN pg_constraint nn ON nn.conrelid = c.oid AND nn.contype = 'n' AND nn.conkey = ARRAY[a.attnum]
            WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND (a.attislocal OR c.relispartition)
              AND (c.reloftype = 0 OR a.attnotnull OR a.attgenerated <> '' OR ({Inline}))
            ORDER BY a.attnum) AS elements,
          coalesce((
            SELECT E'\nINHERITS (' || string_agg(format('%I.%I', pn.nspname, p.relname), ', ' ORDER BY i.inhseqno) || ')'
            FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent JOIN pg_namespace pn ON pn.oid = p.relnamespace
            WHERE i.inhrelid = c.oid AND NOT c.relispartition), '')
          || CASE WHEN c.relkind = 'p' THEN E'\nPARTITION BY ' || pg_get_partkeydef(c.oid) ELSE '' END
          || coalesce((SELECT E'\nUSING ' || quote_ident(m.amname) FROM pg_am m WHERE m.oid = c.relam AND m.amname <> 'heap'), '')
          || {Options("c", toast: true)}
          || ';'
          || coalesce((
            SELECT string_agg(E'\n' || line, '' ORDER BY attnum, rank)
            FROM ({ColumnSettings}) AS settings WHERE line IS NOT NULL), '')
          || CASE c.relreplident WHEN 'f' THEN format(E'\nALTER TABLE ONLY %I.%I REPLICA IDENTITY FULL;', n.nspname, c.relname)
                                 WHEN 'n' THEN format(E'\nALTER TABLE ONLY %I.%I REPLICA IDENTITY NOTHING;', n.nspname, c.relname)
                                 ELSE '' END AS tail,
          ARRAY(SELECT i.inhparent FROM pg_inherits i WHERE i.inhrelid = c.oid AND NOT c.relispartition) AS needs
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p') AND {Own}
        """;

    /// <summary>What is said about columns of a table or materialised view after it is made.</summary>
    public const string ColumnSettings = """
        SELECT a.attnum, v.rank, format('ALTER TABLE ONLY %I.%I ALTER COLUMN %I ', n.nspname, c.relname, a.attname) || v.setting || ';' AS line
        FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
        CROSS JOIN LATERAL (VALUES
          (1, CASE WHEN a.attnotnull AND NOT a.attislocal AND NOT c.relispartition AND NOT EXISTS (
                SELECT FROM pg_inherits i JOIN pg_attribute pa ON pa.attrelid = i.inhparent AND pa.attname = a.attname
                WHERE i.inhrelid = c.oid AND pa.attnotnull) THEN 'SET NOT NULL' END),
          (2, CASE WHEN NOT c.relispartition AND NOT a.atthasdef AND EXISTS (
                SELECT FROM pg_inherits i JOIN pg_attribute pa ON pa.attrelid = i.inhparent AND pa.attname = a.attname
                WHERE i.inhrelid = c.oid AND pa.atthasdef AND pa.attgenerated = '') THEN 'DROP DEFAULT' END),
          (3, CASE WHEN a.attstattarget >= 0 THEN 'SET STATISTICS ' || a.attstattarget END),
          (4, CASE WHEN a.attstorage <> t.typstorage THEN 'SET STORAGE ' || CASE a.attstorage
                WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END END),
          (5, CASE a.attcompression WHEN 'p' THEN 'SET COMPRESSION pglz' WHEN 'l' THEN 'SET COMPRESSION lz4' END),
          (6, CASE WHEN a.attoptions IS NOT NULL THEN 'SET (' || (
                SELECT string_agg(format('%I=%L', split_part(o, '=', 1), substr(o, strpos(o, '=') + 1)), ', ') FROM unnest(a.attoptions) AS o) || ')' END)
        ) AS v(rank, setting)
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND v.setting IS NOT NULL
        """;

    /// <summary>WITH (…) of a relation.</summary>
    public static string Options(string relation, bool toast = false) => $"""
        coalesce((
          SELECT E'\nWITH (' || string_agg(
            prefix || quote_ident(split_part(o, '=', 1)) || '=' || quote_literal(substr(o, strpos(o, '=') + 1)), ', ') || ')'
          FROM (SELECT '' AS prefix, unnest({relation}.reloptions) AS o
                {(toast ? $"UNION ALL SELECT 'toast.', unnest(x.reloptions) FROM pg_class x WHERE x.oid = {relation}.reltoastrelid" : "")}) AS settings), '')
        """;

    private static readonly string Defaults = $"""
        SELECT d.oid, 'DEFAULT', n.nspname, c.relname || ' ' || a.attname,
          format('ALTER TABLE ONLY %I.%I ALTER COLUMN %I SET DEFAULT %s;', n.nspname, c.relname, a.attname, pg_get_expr(d.adbin, d.adrelid)),
          NULL, NULL, n.nspname, c.relname
        FROM pg_attrdef d
        JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
        JOIN pg_class c ON c.oid = d.adrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE a.attgenerated = '' AND c.relkind IN ('r', 'p', 'v') AND {Own} AND NOT ({Inline})
        """;

    private static readonly string Checks = $"""
        SELECT k.oid, 'CHECK CONSTRAINT', n.nspname, c.relname || ' ' || k.conname,
          format('ALTER TABLE %I.%I ADD CONSTRAINT %I %s;', n.nspname, c.relname, k.conname, pg_get_constraintdef(k.oid)),
          NULL, NULL, n.nspname, c.relname,
          CASE WHEN k.convalidated THEN c.oid END AS inside,
          format('CONSTRAINT %I %s', k.conname, pg_get_constraintdef(k.oid)) AS tail
        FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE k.contype = 'c' AND (k.conislocal OR c.relispartition AND k.convalidated) AND c.relkind IN ('r', 'p') AND {Own}
        ORDER BY k.conrelid, k.conname
        """;

    /// <summary>PostgreSQL 18 can have a NOT NULL that rows were never checked for.</summary>
    private static readonly string NotNulls = $"""
        SELECT k.oid, 'CHECK CONSTRAINT', n.nspname, c.relname || ' ' || k.conname,
          format('ALTER TABLE %I.%I ADD CONSTRAINT %I %s;', n.nspname, c.relname, k.conname, pg_get_constraintdef(k.oid)),
          NULL, NULL, n.nspname, c.relname
        FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE k.contype = 'n' AND k.conislocal AND NOT k.convalidated AND {Own}
        """;

    private static readonly string Attach = $"""
        SELECT c.oid, 'TABLE ATTACH', n.nspname, c.relname,
          format('ALTER TABLE ONLY %I.%I ATTACH PARTITION %I.%I %s;', pn.nspname, p.relname, n.nspname, c.relname, pg_get_expr(c.relpartbound, c.oid)),
          NULL, NULL, n.nspname, c.relname, ARRAY[p.oid, c.oid] AS needs
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_inherits i ON i.inhrelid = c.oid JOIN pg_class p ON p.oid = i.inhparent JOIN pg_namespace pn ON pn.oid = p.relnamespace
        WHERE c.relkind IN ('r', 'p') AND c.relispartition AND {Own}
        """;

    private const string SequenceOptions = """
        format('START WITH %s INCREMENT BY %s MINVALUE %s MAXVALUE %s CACHE %s%s', q.seqstart, q.seqincrement, q.seqmin, q.seqmax,
               q.seqcache, CASE WHEN q.seqcycle THEN ' CYCLE' ELSE '' END)
        """;

    private static readonly string Sequences = $"""
        SELECT c.oid, 'SEQUENCE', n.nspname, c.relname,
          CASE WHEN p.deptype = 'i' THEN
            format(E'ALTER TABLE %I.%I ALTER COLUMN %I ADD GENERATED %s AS IDENTITY (\n    SEQUENCE NAME %I.%I\n    %s\n);',
                   tn.nspname, t.relname, a.attname, CASE a.attidentity WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT' END,
                   n.nspname, c.relname, {SequenceOptions})
            || CASE WHEN c.relpersistence <> t.relpersistence THEN format(E'\nALTER SEQUENCE %I.%I SET %s;', n.nspname, c.relname,
                 CASE c.relpersistence WHEN 'u' THEN 'UNLOGGED' ELSE 'LOGGED' END) ELSE '' END
          ELSE 'CREATE ' || CASE c.relpersistence WHEN 'u' THEN 'UNLOGGED ' ELSE '' END
            || format(E'SEQUENCE %I.%I\n    AS %s %s;', n.nspname, c.relname, format_type(q.seqtypid, NULL), {SequenceOptions}) END,
          CASE WHEN p.deptype = 'i' THEN NULL ELSE pg_get_userbyid(c.relowner) END, format('SEQUENCE %I.%I', n.nspname, c.relname),
          coalesce(tn.nspname, n.nspname), coalesce(t.relname, c.relname)
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_sequence q ON q.seqrelid = c.oid
        LEFT JOIN pg_depend p ON p.classid = 'pg_class'::regclass AND p.objid = c.oid AND p.refclassid = 'pg_class'::regclass
          AND p.refobjsubid > 0 AND p.deptype IN ('a', 'i')
        LEFT JOIN pg_class t ON t.oid = p.refobjid LEFT JOIN pg_namespace tn ON tn.oid = t.relnamespace
        LEFT JOIN pg_attribute a ON a.attrelid = p.refobjid AND a.attnum = p.refobjsubid
        WHERE {Own}
        """;

    private static readonly string OwnedBySql = $"""
        SELECT c.oid, 'SEQUENCE OWNED BY', n.nspname, c.relname,
          format('ALTER SEQUENCE %I.%I OWNED BY %I.%I.%I;', n.nspname, c.relname, tn.nspname, t.relname, a.attname),
          NULL, NULL, tn.nspname, t.relname, ARRAY[c.oid, t.oid] AS needs
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_depend p ON p.classid = 'pg_class'::regclass AND p.objid = c.oid AND p.refclassid = 'pg_class'::regclass
          AND p.refobjsubid > 0 AND p.deptype = 'a'
        JOIN pg_class t ON t.oid = p.refobjid JOIN pg_namespace tn ON tn.oid = t.relnamespace
        JOIN pg_attribute a ON a.attrelid = p.refobjid AND a.attnum = p.refobjsubid
        WHERE c.relkind = 'S' AND {Own}
        """;

    public static IReadOnlyList<DraftPart> All { get; } =
    [
        new(Class, DumpSection.PreData, Tables),
        new(Default, DumpSection.PreData, Defaults),
        new(Constraint, DumpSection.PostData, Checks),
        new(Constraint, DumpSection.PostData, NotNulls),
        new(TableAttach, DumpSection.PreData, Attach),
        new(Class, DumpSection.PreData, Sequences),
        new(OwnedBy, DumpSection.PreData, OwnedBySql),
    ];
}
