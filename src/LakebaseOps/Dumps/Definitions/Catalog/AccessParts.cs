using static LakebaseOps.Dumps.Definitions.Catalog.DraftPart;

namespace LakebaseOps.Dumps.Definitions.Catalog;

/// <summary>Comments and privileges, of whatever object.</summary>
internal static class AccessParts
{
    /// <summary>Rows of catalog, oid, column, kind and name as pg_dump's TOC says them, and the statement.</summary>
    public const string Comments = """
        SELECT d.classoid, d.objoid, d.objsubid,
          CASE WHEN i.type = 'table column' THEN 'COLUMN ' || coalesce(c.relname || '.' || a.attname, i.identity)
               ELSE upper(i.type) || ' ' || coalesce(i.name, CASE WHEN starts_with(i.identity, i.schema || '.') THEN substr(i.identity, length(i.schema) + 2) ELSE i.identity END) END,
          'COMMENT ON ' || CASE
            WHEN i.type LIKE '%column' THEN 'COLUMN ' || i.identity
            WHEN i.type LIKE '%constraint' THEN 'CONSTRAINT '
              || CASE WHEN k.contypid <> 0 THEN format('%I ON DOMAIN %s', k.conname, k.contypid::regtype)
                      ELSE format('%I ON %s', k.conname, k.conrelid::regclass) END
            WHEN i.type = 'aggregate' THEN 'FUNCTION ' || i.identity
            WHEN i.type = 'statistics object' THEN 'STATISTICS ' || i.identity
            WHEN i.type = 'composite type' THEN 'TYPE ' || i.identity
            WHEN i.type LIKE '% table' THEN 'TABLE ' || i.identity
            ELSE upper(i.type) || ' ' || i.identity END || ' IS ' || quote_literal(d.description) || ';'
        FROM pg_description d
        CROSS JOIN LATERAL pg_identify_object(d.classoid, d.objoid, d.objsubid) AS i
        LEFT JOIN pg_class c ON d.classoid = 'pg_class'::regclass AND c.oid = d.objoid
        LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid AND d.objsubid > 0
        LEFT JOIN pg_constraint k ON d.classoid = 'pg_constraint'::regclass AND k.oid = d.objoid
        LEFT JOIN pg_extension x ON d.classoid = 'pg_extension'::regclass AND x.oid = d.objoid
        WHERE (d.objoid >= 16384 OR d.classoid = 'pg_namespace'::regclass)
          AND NOT (d.classoid = 'pg_namespace'::regclass AND i.identity = 'public' AND d.description = 'standard public schema')
          AND (x.oid IS NULL OR d.description IS DISTINCT FROM (SELECT v.comment FROM pg_available_extensions v WHERE v.name = x.extname))
        ORDER BY d.classoid, d.objoid, d.objsubid
        """;

    /// <summary>
    /// One row for each entry of an object's privileges that is not as after its making: catalog, oid, column, kind and name for the TOC,
    /// what GRANT calls it, owner, 'R' for what must be taken away or 'G' for what must be given, grantee (null for PUBLIC), grantor,
    /// privileges, privileges with grant option; 'ALL' for all of them.
    /// </summary>
    public const string Privileges = """
        WITH own AS (
          SELECT 'pg_class'::regclass::oid AS classid, c.oid, 0 AS sub, CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS kind, c.relname::text AS name,
                 format('%I.%I', n.nspname, c.relname) AS target, c.relowner AS owner, c.relacl AS acl,
                 acldefault(CASE c.relkind WHEN 'S' THEN 's'::"char" ELSE 'r' END, c.relowner) AS base, NULL::text AS attribute
          FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relacl IS NOT NULL AND c.oid >= 16384 AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
          UNION ALL
          SELECT 'pg_class'::regclass, c.oid, a.attnum, 'COLUMN', c.relname || '.' || a.attname, format('%I.%I', n.nspname, c.relname), c.relowner,
                 a.attacl, '{}', quote_ident(a.attname)
          FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
          WHERE a.attacl IS NOT NULL AND c.oid >= 16384 AND NOT a.attisdropped
          UNION ALL
          SELECT 'pg_proc'::regclass, p.oid, 0, CASE p.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END,
                 p.proname || '(' || (SELECT coalesce(string_agg(format_type(y, NULL), ', ' ORDER BY o), '') FROM unnest(p.proargtypes) WITH ORDINALITY AS u(y, o)) || ')',
                 p.oid::regprocedure::text, p.proowner, p.proacl, acldefault('f', p.proowner), NULL
          FROM pg_proc p WHERE p.proacl IS NOT NULL AND p.oid >= 16384
          UNION ALL
          SELECT 'pg_type'::regclass, t.oid, 0, 'TYPE', t.typname, format('%I.%I', n.nspname, t.typname), t.typowner, t.typacl, acldefault('T', t.typowner), NULL
          FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.typacl IS NOT NULL AND t.oid >= 16384
          UNION ALL
          SELECT 'pg_namespace'::regclass, n.oid, 0, 'SCHEMA', n.nspname, quote_ident(n.nspname), n.nspowner, coalesce(n.nspacl, acldefault('n', n.nspowner)),
                 CASE n.nspname WHEN 'public' THEN acldefault('n', n.nspowner) || makeaclitem(0, n.nspowner, 'USAGE', false)
                 ELSE acldefault('n', n.nspowner) END, NULL
          FROM pg_namespace n WHERE n.nspacl IS NOT NULL OR n.nspname = 'public'
        ), entry AS (
          SELECT o.*, 'R' AS turn, u.item, u.place FROM own o CROSS JOIN unnest(o.base) WITH ORDINALITY AS u(item, place)
          WHERE NOT EXISTS (SELECT FROM unnest(o.acl) AS x WHERE x::text = u.item::text)
          UNION ALL
          SELECT o.*, 'G', u.item, u.place FROM own o CROSS JOIN unnest(o.acl) WITH ORDINALITY AS u(item, place)
          WHERE NOT EXISTS (SELECT FROM unnest(o.base) AS x WHERE x::text = u.item::text)
        )
        SELECT e.classid, e.oid, e.sub, e.kind, e.name, e.target, pg_get_userbyid(e.owner)::text, e.turn,
               CASE WHEN i.grantee = 0 THEN NULL ELSE pg_get_userbyid(i.grantee)::text END, pg_get_userbyid(i.grantor)::text,
               coalesce(array_agg(i.privilege_type ORDER BY i.privilege_type) FILTER (WHERE NOT i.is_grantable), '{}') AS plain,
               coalesce(array_agg(i.privilege_type ORDER BY i.privilege_type) FILTER (WHERE i.is_grantable), '{}') AS grantable,
               (SELECT count(*) FROM aclexplode(acldefault(CASE e.kind WHEN 'TABLE' THEN 'r' WHEN 'SEQUENCE' THEN 's' WHEN 'COLUMN' THEN 'c'
                  WHEN 'TYPE' THEN 'T' WHEN 'SCHEMA' THEN 'n' ELSE 'f' END::"char", e.owner)) AS w WHERE w.grantee = e.owner) AS whole, e.attribute
        FROM entry e CROSS JOIN LATERAL aclexplode(ARRAY[e.item]) AS i
        GROUP BY e.classid, e.oid, e.sub, e.kind, e.name, e.target, e.owner, e.turn, e.place, e.attribute, i.grantee, i.grantor
        ORDER BY e.classid, e.oid, e.sub, e.turn = 'G', e.place
        """;

    /// <summary>The same of what is given to objects that come later: role, schema, sort, turn, grantee, grantor, plain, with grant option, whole.</summary>
    public const string DefaultPrivileges = """
        WITH own AS (
          SELECT d.oid, d.defaclrole, d.defaclnamespace, d.defaclobjtype, d.defaclacl AS acl,
                 CASE WHEN d.defaclnamespace = 0 THEN acldefault(CASE d.defaclobjtype WHEN 'S' THEN 's'::"char" ELSE d.defaclobjtype END, d.defaclrole) ELSE '{}' END AS base
          FROM pg_default_acl d
        ), entry AS (
          SELECT o.*, 'R' AS turn, u.item, u.place FROM own o CROSS JOIN unnest(o.base) WITH ORDINALITY AS u(item, place)
          WHERE NOT EXISTS (SELECT FROM unnest(o.acl) AS x WHERE x::text = u.item::text)
          UNION ALL
          SELECT o.*, 'G', u.item, u.place FROM own o CROSS JOIN unnest(o.acl) WITH ORDINALITY AS u(item, place)
          WHERE NOT EXISTS (SELECT FROM unnest(o.base) AS x WHERE x::text = u.item::text)
        )
        SELECT pg_get_userbyid(e.defaclrole)::text, coalesce(n.nspname, '')::text,
               CASE e.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS' WHEN 'T' THEN 'TYPES'
                 WHEN 'n' THEN 'SCHEMAS' ELSE 'LARGE OBJECTS' END, e.turn,
               CASE WHEN i.grantee = 0 THEN NULL ELSE pg_get_userbyid(i.grantee)::text END,
               coalesce(array_agg(i.privilege_type ORDER BY i.privilege_type) FILTER (WHERE NOT i.is_grantable), '{}'),
               coalesce(array_agg(i.privilege_type ORDER BY i.privilege_type) FILTER (WHERE i.is_grantable), '{}'),
               (SELECT count(*) FROM aclexplode(acldefault(CASE e.defaclobjtype WHEN 'S' THEN 's'::"char" ELSE e.defaclobjtype END, e.defaclrole)) AS w
                WHERE w.grantee = e.defaclrole)
        FROM entry e CROSS JOIN LATERAL aclexplode(ARRAY[e.item]) AS i LEFT JOIN pg_namespace n ON n.oid = e.defaclnamespace
        GROUP BY e.defaclrole, n.nspname, e.defaclobjtype, e.turn, e.place, i.grantee
        ORDER BY 1, 2, 3, e.turn = 'G', e.place
        """;
}
