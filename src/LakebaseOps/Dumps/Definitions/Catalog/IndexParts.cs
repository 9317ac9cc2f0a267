using static LakebaseOps.Dumps.Definitions.Catalog.DraftPart;

namespace LakebaseOps.Dumps.Definitions.Catalog;

/// <summary>Indexes, keys, foreign keys, extended statistics.</summary>
internal static class IndexParts
{
    private static readonly string Own = $"{OwnSchema} AND {NotMember("pg_class", "c.oid")}";

    /// <summary>What is said about an index after it is made.</summary>
    private const string Settings = """
        coalesce((SELECT string_agg(format(E'\nALTER INDEX %I.%I ALTER COLUMN %s SET STATISTICS %s;', n.nspname, x.relname, a.attnum, a.attstattarget), ''
                    ORDER BY a.attnum)
                  FROM pg_attribute a WHERE a.attrelid = x.oid AND a.attstattarget >= 0), '')
        || CASE WHEN i.indisclustered THEN format(E'\nALTER TABLE %I.%I CLUSTER ON %I;', n.nspname, c.relname, x.relname) ELSE '' END
        || CASE WHEN i.indisreplident THEN format(E'\nALTER TABLE ONLY %I.%I REPLICA IDENTITY USING INDEX %I;', n.nspname, c.relname, x.relname) ELSE '' END
        """;

    private const string From = """
        FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
        JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        """;

    private const string IsKey =
        "EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = x.oid AND k.conrelid = c.oid AND k.contype IN ('p', 'u', 'x'))";

    private static readonly string Indexes = $"""
        SELECT x.oid, CASE WHEN i.indisvalid OR x.relkind = 'I' THEN 'INDEX' ELSE '-' END, n.nspname, x.relname,
          CASE WHEN i.indisvalid OR x.relkind = 'I' THEN pg_get_indexdef(x.oid) || ';' || {Settings}
               ELSE format('index %I.%I is invalid', n.nspname, x.relname) END,
          NULL, NULL, n.nspname, c.relname
        {From}
        WHERE c.relkind IN ('r', 'p', 'm') AND NOT {IsKey} AND {Own}
        """;

    /// <summary>The server leaves the storage settings of a key out of its definition; they stand before what is said of deferring.</summary>
    private static readonly string Keys = $"""
        SELECT k.oid, 'CONSTRAINT', n.nspname, c.relname || ' ' || k.conname,
          format('ALTER TABLE ONLY %I.%I ADD CONSTRAINT %I %s', n.nspname, c.relname, k.conname,
            CASE WHEN k.contype = 'x' OR x.reloptions IS NULL THEN pg_get_constraintdef(k.oid)
                 ELSE regexp_replace(pg_get_constraintdef(k.oid), '( DEFERRABLE( INITIALLY DEFERRED)?)?$', '')
                   || {RelationParts.Options("x")}
                   || CASE WHEN k.condeferrable THEN ' DEFERRABLE' ELSE '' END || CASE WHEN k.condeferred THEN ' INITIALLY DEFERRED' ELSE '' END
            END) || ';' || {Settings},
          NULL, NULL, n.nspname, c.relname
        {From}
        JOIN pg_constraint k ON k.conindid = x.oid AND k.conrelid = c.oid AND k.contype IN ('p', 'u', 'x')
        WHERE {Own}
        """;

    private static readonly string Attach = $"""
        SELECT x.oid, 'INDEX ATTACH', xn.nspname, x.relname,
          format('ALTER INDEX %I.%I ATTACH PARTITION %I.%I;', pn.nspname, p.relname, xn.nspname, x.relname),
          NULL, NULL, n.nspname, c.relname, ARRAY[x.oid, p.oid] AS needs
        {From}
        JOIN pg_namespace xn ON xn.oid = x.relnamespace
        JOIN pg_inherits h ON h.inhrelid = x.oid JOIN pg_class p ON p.oid = h.inhparent JOIN pg_namespace pn ON pn.oid = p.relnamespace
        WHERE {Own}
        """;

    private static readonly string ForeignKeys = $"""
        SELECT k.oid, 'FK CONSTRAINT', n.nspname, c.relname || ' ' || k.conname,
          format('ALTER TABLE %s%I.%I ADD CONSTRAINT %I %s;', CASE c.relkind WHEN 'p' THEN '' ELSE 'ONLY ' END,
                 n.nspname, c.relname, k.conname, pg_get_constraintdef(k.oid)),
          NULL, NULL, n.nspname, c.relname, ARRAY[k.confrelid] AS needs
        FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE k.contype = 'f' AND k.conparentid = 0 AND {Own}
        """;

    private static readonly string ExtendedStatistics = $"""
        SELECT s.oid, 'STATISTICS', sn.nspname, s.stxname,
          pg_get_statisticsobjdef(s.oid) || ';'
            || CASE WHEN s.stxstattarget >= 0 THEN format(E'\nALTER STATISTICS %I.%I SET STATISTICS %s;', sn.nspname, s.stxname, s.stxstattarget) ELSE '' END,
          pg_get_userbyid(s.stxowner), format('STATISTICS %I.%I', sn.nspname, s.stxname), n.nspname, c.relname
        FROM pg_statistic_ext s JOIN pg_namespace sn ON sn.oid = s.stxnamespace
        JOIN pg_class c ON c.oid = s.stxrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE {Own}
        """;

    public static IReadOnlyList<DraftPart> All { get; } =
    [
        new(Class, DumpSection.PostData, Indexes),
        new(Constraint, DumpSection.PostData, Keys),
        new(IndexAttach, DumpSection.PostData, Attach),
        new(Constraint, DumpSection.PostData, ForeignKeys),
        new(DraftPart.Statistics, DumpSection.PostData, ExtendedStatistics),
    ];
}
