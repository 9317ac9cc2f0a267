using static LakebaseOps.Dumps.Definitions.Catalog.DraftPart;

namespace LakebaseOps.Dumps.Definitions.Catalog;

/// <summary>Views, materialised views and what acts by itself: rules, triggers, policies, event triggers.</summary>
internal static class ViewParts
{
    private static readonly string Own = $"{OwnSchema} AND {NotMember("pg_class", "c.oid")}";

    private static readonly string Views = $"""
        SELECT c.oid, 'VIEW', n.nspname, c.relname,
          format('VIEW %I.%I', n.nspname, c.relname) || {RelationParts.Options("c")} || E' AS\n' || pg_get_viewdef(c.oid),
          pg_get_userbyid(c.relowner), format('VIEW %I.%I', n.nspname, c.relname), n.nspname, c.relname,
          format('CREATE VIEW %I.%I AS SELECT ', n.nspname, c.relname) || coalesce((
            SELECT string_agg(format('NULL::%s', format_type(a.atttypid, a.atttypmod))
              || CASE WHEN a.attcollation <> t.typcollation THEN (
                   SELECT format(' COLLATE %I.%I', s.nspname, l.collname)
                   FROM pg_collation l JOIN pg_namespace s ON s.oid = l.collnamespace WHERE l.oid = a.attcollation) ELSE '' END
              || ' AS ' || quote_ident(a.attname), ', ' ORDER BY a.attnum)
            FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
            WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), '') || ';' AS dummy
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind = 'v' AND {Own}
        """;

    private static readonly string MaterialisedViews = $"""
        SELECT c.oid, 'MATERIALIZED VIEW', n.nspname, c.relname,
          format('CREATE MATERIALIZED VIEW %I.%I', n.nspname, c.relname)
            || coalesce((SELECT E'\nUSING ' || quote_ident(m.amname) FROM pg_am m WHERE m.oid = c.relam AND m.amname <> 'heap'), '')
            || {RelationParts.Options("c", toast: true)} || E' AS\n' || rtrim(pg_get_viewdef(c.oid), ';') || E'\n WITH NO DATA;'
            || coalesce((
              SELECT string_agg(E'\n' || line, '' ORDER BY attnum, rank) FROM ({RelationParts.ColumnSettings}) AS settings), ''),
          pg_get_userbyid(c.relowner), format('MATERIALIZED VIEW %I.%I', n.nspname, c.relname), n.nspname, c.relname
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind = 'm' AND {Own}
        """;

    private static readonly string Refreshes = $"""
        SELECT c.oid, 'MATERIALIZED VIEW DATA', n.nspname, c.relname, format('REFRESH MATERIALIZED VIEW %I.%I;', n.nspname, c.relname),
          NULL, NULL, n.nspname, c.relname, ARRAY[c.oid] AS needs
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind = 'm' AND c.relispopulated AND {Own}
        """;

    private static readonly string Rules = $"""
        SELECT r.oid, 'RULE', n.nspname, c.relname || ' ' || r.rulename,
          pg_get_ruledef(r.oid) || CASE WHEN r.ev_enabled = 'O' THEN '' ELSE format(E'\nALTER TABLE %I.%I %s RULE %I;', n.nspname, c.relname,
            CASE r.ev_enabled WHEN 'D' THEN 'DISABLE' WHEN 'A' THEN 'ENABLE ALWAYS' ELSE 'ENABLE REPLICA' END, r.rulename) END,
          NULL, NULL, n.nspname, c.relname
        FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE r.rulename <> '_RETURN' AND {Own}
        """;

    /// <summary>Triggers of a partition come with those of its parent; only a state of its own is said again.</summary>
    private static readonly string Triggers = $"""
        SELECT t.oid, 'TRIGGER', n.nspname, c.relname || ' ' || t.tgname,
          CASE WHEN t.tgparentid = 0 THEN pg_get_triggerdef(t.oid) || ';' ELSE '' END
          || CASE WHEN t.tgenabled = coalesce(u.tgenabled, 'O') THEN '' ELSE format(E'\nALTER TABLE %I.%I %s TRIGGER %I;', n.nspname, c.relname,
               CASE t.tgenabled WHEN 'D' THEN 'DISABLE' WHEN 'A' THEN 'ENABLE ALWAYS' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE' END, t.tgname) END,
          NULL, NULL, n.nspname, c.relname
        FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_trigger u ON u.oid = t.tgparentid
        WHERE (NOT t.tgisinternal OR t.tgparentid <> 0 AND NOT u.tgisinternal)
          AND (t.tgparentid = 0 OR t.tgenabled <> u.tgenabled) AND {Own}
        """;

    private static readonly string RowSecurities = $"""
        SELECT c.oid, 'ROW SECURITY', n.nspname, c.relname,
          CASE WHEN c.relrowsecurity THEN format('ALTER TABLE %I.%I ENABLE ROW LEVEL SECURITY;', n.nspname, c.relname) ELSE '' END
          || CASE WHEN c.relforcerowsecurity THEN format(E'\nALTER TABLE ONLY %I.%I FORCE ROW LEVEL SECURITY;', n.nspname, c.relname) ELSE '' END,
          NULL, NULL, n.nspname, c.relname, ARRAY[c.oid] AS needs
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE (c.relrowsecurity OR c.relforcerowsecurity) AND {Own}
        """;

    private static readonly string Policies = $"""
        SELECT p.oid, 'POLICY', n.nspname, c.relname || ' ' || p.polname,
          format('CREATE POLICY %I ON %I.%I', p.polname, n.nspname, c.relname)
          || CASE WHEN p.polpermissive THEN '' ELSE ' AS RESTRICTIVE' END
          || CASE p.polcmd WHEN '*' THEN '' ELSE ' FOR ' || CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' ELSE 'DELETE' END END
          || CASE WHEN p.polroles = ARRAY[0::oid] THEN '' ELSE ' TO ' || (
               SELECT string_agg(CASE WHEN r = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(r)) END, ', '
                 ORDER BY CASE WHEN r = 0 THEN 'public' ELSE pg_get_userbyid(r) END) FROM unnest(p.polroles) AS r) END
          || coalesce(' USING (' || pg_get_expr(p.polqual, p.polrelid) || ')', '')
          || coalesce(' WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')', '') || ';',
          NULL, NULL, n.nspname, c.relname
        FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE {Own}
        """;

    private static readonly string EventTriggers = $"""
        SELECT t.oid, 'EVENT TRIGGER', '', t.evtname,
          format(E'CREATE EVENT TRIGGER %I ON %I', t.evtname, t.evtevent)
          || coalesce(E'\n    WHEN TAG IN (' || (SELECT string_agg(quote_literal(g), ', ') FROM unnest(t.evttags) AS g) || ')', '')
          || format(E'\n    EXECUTE FUNCTION %s();', t.evtfoid::regproc)
          || CASE WHEN t.evtenabled = 'O' THEN '' ELSE format(E'\nALTER EVENT TRIGGER %I %s;', t.evtname,
               CASE t.evtenabled WHEN 'D' THEN 'DISABLE' WHEN 'A' THEN 'ENABLE ALWAYS' ELSE 'ENABLE REPLICA' END) END,
          pg_get_userbyid(t.evtowner), format('EVENT TRIGGER %I', t.evtname), NULL, NULL
        FROM pg_event_trigger t
        WHERE {NotMember("pg_event_trigger", "t.oid")}
        """;

    public static IReadOnlyList<DraftPart> All { get; } =
    [
        new(Class, DumpSection.PreData, Views),
        new(Class, DumpSection.PreData, MaterialisedViews),
        new(Refresh, DumpSection.PostData, Refreshes),
        new(Rewrite, DumpSection.PostData, Rules),
        new(Trigger, DumpSection.PostData, Triggers),
        new(RowSecurity, DumpSection.PostData, RowSecurities),
        new(Policy, DumpSection.PostData, Policies),
        new(EventTrigger, DumpSection.PostData, EventTriggers),
    ];
}
