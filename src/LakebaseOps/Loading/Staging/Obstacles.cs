using Npgsql;

namespace LakebaseOps.Loading.Staging;

/// <summary>Finds, before a load begins, what would make its swap impossible or lose something.</summary>
internal static class Obstacles
{
    private const string Sql =
        """
        WITH t AS (SELECT c.*, c.oid AS id FROM pg_class c WHERE c.oid = $1)
        SELECT 'it is not an ordinary table' FROM t WHERE relkind <> 'r' OR relpersistence = 't'
        UNION ALL
        SELECT 'it is a part or a parent of ' || (CASE WHEN inhrelid = id THEN inhparent ELSE inhrelid END)::regclass
        FROM t JOIN pg_inherits ON id IN (inhrelid, inhparent)
        UNION ALL
        SELECT 'role ' || quote_ident(current_user) || ' does not own publication ' || quote_ident(p.pubname) || ' that names it'
        FROM t JOIN pg_publication_rel r ON r.prrelid = id JOIN pg_publication p ON p.oid = r.prpubid WHERE NOT pg_has_role(p.pubowner, 'USAGE')
        UNION ALL
        SELECT 'it is a table of type ' || reloftype::regtype FROM t WHERE reloftype <> 0
        UNION ALL
        SELECT pg_describe_object(d.classid, d.objid, d.objsubid) || ' uses the sequence of its identity column'
        FROM t JOIN pg_depend s ON s.refclassid = 'pg_class'::regclass AND s.refobjid = id AND s.deptype = 'i' AND s.classid = 'pg_class'::regclass
        JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = s.objid AND d.deptype = 'n'
        UNION ALL
        SELECT 'it has a security label' FROM t JOIN pg_seclabel ON objoid = id AND classoid = 'pg_class'::regclass
        UNION ALL
        SELECT 'it belongs to an extension' FROM t JOIN pg_depend ON classid = 'pg_class'::regclass AND objid = id AND deptype = 'e'
        UNION ALL
        SELECT DISTINCT CASE WHEN d.classid = 'pg_rewrite'::regclass
                THEN (SELECT CASE v.relkind WHEN 'm' THEN 'materialized view ' ELSE 'view ' END || v.oid::regclass
                      FROM pg_rewrite r JOIN pg_class v ON v.oid = r.ev_class WHERE r.oid = d.objid)
                ELSE pg_describe_object(d.classid, d.objid, d.objsubid) END || ' depends on it'
        FROM t JOIN pg_depend d ON d.deptype = 'n' AND (d.refclassid = 'pg_class'::regclass AND d.refobjid = id
            OR d.refclassid = 'pg_type'::regclass
               AND d.refobjid IN (SELECT oid FROM pg_type WHERE oid = reltype UNION SELECT typarray FROM pg_type WHERE oid = reltype))
        WHERE NOT (d.classid = 'pg_constraint'::regclass AND EXISTS (SELECT FROM pg_constraint WHERE oid = d.objid AND (conrelid = id OR contype = 'f')))
          AND d.classid <> 'pg_publication_rel'::regclass
          AND NOT (d.classid = 'pg_attrdef'::regclass AND EXISTS (SELECT FROM pg_attrdef WHERE oid = d.objid AND adrelid = id))
          AND NOT (d.classid = 'pg_trigger'::regclass AND EXISTS (SELECT FROM pg_trigger WHERE oid = d.objid AND tgrelid = id))
          AND NOT (d.classid = 'pg_policy'::regclass AND EXISTS (SELECT FROM pg_policy WHERE oid = d.objid
              AND (polrelid = id OR d.refclassid = 'pg_class'::regclass)))
          AND NOT (d.classid = 'pg_rewrite'::regclass AND EXISTS (SELECT FROM pg_rewrite JOIN pg_class v ON v.oid = ev_class
              WHERE pg_rewrite.oid = d.objid AND (ev_class = id OR d.refclassid = 'pg_class'::regclass AND (rulename <> '_RETURN' OR v.relkind = 'v'))))
          AND NOT (d.classid = 'pg_proc'::regclass AND d.refclassid = 'pg_class'::regclass
              AND EXISTS (SELECT FROM pg_proc WHERE oid = d.objid AND prosqlbody IS NOT NULL))
        UNION ALL
        SELECT DISTINCT format('role %I does not own %s that depends on it', current_user, o.name)
        FROM t JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = id AND d.deptype = 'n'
        CROSS JOIN LATERAL (
            SELECT c.relowner, 'relation ' || c.oid::regclass FROM pg_rewrite JOIN pg_class c ON c.oid = ev_class
            WHERE d.classid = 'pg_rewrite'::regclass AND pg_rewrite.oid = d.objid AND ev_class <> id
            UNION ALL
            SELECT c.relowner, 'table ' || c.oid::regclass FROM pg_policy JOIN pg_class c ON c.oid = polrelid
            WHERE d.classid = 'pg_policy'::regclass AND pg_policy.oid = d.objid AND polrelid <> id
            UNION ALL
            SELECT c.relowner, 'table ' || c.oid::regclass FROM pg_constraint k JOIN pg_class c ON c.oid = conrelid
            WHERE d.classid = 'pg_constraint'::regclass AND k.oid = d.objid AND conrelid <> id
            UNION ALL
            SELECT proowner, 'function ' || oid::regprocedure FROM pg_proc WHERE d.classid = 'pg_proc'::regclass AND oid = d.objid) o (owner, name)
        WHERE NOT pg_has_role(o.owner, 'USAGE')
        UNION ALL
        SELECT 'role ' || quote_ident(current_user) || ' does not own it (' || quote_ident(pg_get_userbyid(relowner)) || ' does)'
        FROM t WHERE NOT pg_has_role(relowner, 'USAGE')
        UNION ALL
        SELECT 'role ' || quote_ident(current_user) || ' may not create tables in its schema'
        FROM t WHERE NOT has_schema_privilege(relnamespace, 'CREATE')
        """;

    /// <summary>Refuses a table that cannot be replaced whole, naming everything that stands in the way.</summary>
    /// <exception cref="LakebaseException">LoadNotPossible.</exception>
    public static async Task CheckAsync(NpgsqlConnection connection, TableName table, uint oid, CancellationToken cancellationToken)
    {
        List<string> found = [];
        using NpgsqlCommand command = new(Sql, connection)
        {
            Parameters = { new() { Value = oid, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Oid } },
        };
        NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                found.Add(row.GetString(0));
        }

        if (found.Count > 0)
        {
            throw new LakebaseError(ErrorIds.LoadNotPossible, LakebaseErrorKind.InvalidState,
                $"{table} cannot be replaced: {string.Join("; ", found)}.")
            {
                Target = table.ToString(),
                Remedy = "Remove what is named and make it again afterwards, or load with -Mode Append.",
            }.ToException();
        }
    }
}
