using Npgsql;

namespace LakebaseOps.Loading.Staging;

/// <summary>
/// What a table has besides columns, rows and indexes, as the statements that give it to its successor once that bears the
/// table's name: owner first, then grants, comments, triggers, rules, row security, replica identity, statistics, publications.
/// </summary>
internal static class Belongings
{
    /// <summary>$1 the present table, $2 its name as SQL, $3 its successor, $4 only who may do what: owner, grants, row security, publications.</summary>
    private const string Sql =
        """
        WITH t AS (SELECT c.*, c.oid AS id FROM pg_class c WHERE c.oid = $1),
        n AS (SELECT c.*, c.oid AS id FROM pg_class c WHERE c.oid = $3),
        have AS (SELECT DISTINCT grantee FROM n, aclexplode(coalesce(n.relacl, acldefault('r', n.relowner)))
                 UNION SELECT relowner FROM t),
        want AS (SELECT grantee, is_grantable, privilege_type FROM t, aclexplode(coalesce(t.relacl, acldefault('r', t.relowner))))
        SELECT statement FROM (
            SELECT 10, format('ALTER TABLE %s OWNER TO %I', $2, pg_get_userbyid(t.relowner)) FROM t, n WHERE t.relowner <> n.relowner
            UNION ALL
            SELECT 20, format('REVOKE ALL ON TABLE %s FROM %s', $2, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END)
            FROM have WHERE (SELECT t.relacl IS NOT NULL OR n.relacl IS NOT NULL FROM t, n)
            UNION ALL
            SELECT 21, format('GRANT %s ON TABLE %s TO %s%s', string_agg(privilege_type, ', '), $2,
                CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END, CASE WHEN is_grantable THEN ' WITH GRANT OPTION' END)
            FROM want WHERE (SELECT t.relacl IS NOT NULL OR n.relacl IS NOT NULL FROM t, n) GROUP BY grantee, is_grantable
            UNION ALL
            SELECT 22, format('GRANT %s (%I) ON TABLE %s TO %s%s', string_agg(x.privilege_type, format(' (%I), ', attname)), attname, $2,
                CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(x.grantee)) END, CASE WHEN x.is_grantable THEN ' WITH GRANT OPTION' END)
            FROM t JOIN pg_attribute ON attrelid = id AND attnum > 0 AND NOT attisdropped, aclexplode(attacl) x
            GROUP BY attname, x.grantee, x.is_grantable
            UNION ALL
            SELECT 30, format('COMMENT ON TABLE %s IS %L', $2, obj_description(id, 'pg_class')) FROM t WHERE obj_description(id, 'pg_class') IS NOT NULL
            UNION ALL
            SELECT 31, format('COMMENT ON COLUMN %s.%I IS %L', $2, attname, col_description(id, attnum))
            FROM t JOIN pg_attribute ON attrelid = id AND attnum > 0 AND NOT attisdropped WHERE col_description(id, attnum) IS NOT NULL
            UNION ALL
            SELECT 32, format('COMMENT ON INDEX %s.%I IS %L', t.relnamespace::regnamespace, i.relname, obj_description(i.oid, 'pg_class'))
            FROM t JOIN pg_index x ON x.indrelid = id JOIN pg_class i ON i.oid = x.indexrelid WHERE obj_description(i.oid, 'pg_class') IS NOT NULL
            UNION ALL
            SELECT 33, format('COMMENT ON CONSTRAINT %I ON %s IS %L', conname, $2, obj_description(c.oid, 'pg_constraint'))
            FROM t JOIN pg_constraint c ON conrelid = id WHERE obj_description(c.oid, 'pg_constraint') IS NOT NULL AND contype <> 'n'
            UNION ALL
            SELECT 40, pg_get_triggerdef(g.oid) FROM t JOIN pg_trigger g ON tgrelid = id AND NOT tgisinternal
            UNION ALL
            SELECT 41, format('ALTER TABLE %s %s TRIGGER %I', $2, CASE tgenabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE ALWAYS' END, tgname)
            FROM t JOIN pg_trigger ON tgrelid = id AND NOT tgisinternal AND tgenabled <> 'O'
            UNION ALL
            SELECT 42, format('COMMENT ON TRIGGER %I ON %s IS %L', tgname, $2, obj_description(g.oid, 'pg_trigger'))
            FROM t JOIN pg_trigger g ON tgrelid = id AND obj_description(g.oid, 'pg_trigger') IS NOT NULL
            UNION ALL
            SELECT 43, pg_get_ruledef(r.oid) FROM t JOIN pg_rewrite r ON ev_class = id
            UNION ALL
            SELECT 44, format('ALTER TABLE %s %s RULE %I', $2, CASE ev_enabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE ALWAYS' END, rulename)
            FROM t JOIN pg_rewrite ON ev_class = id AND ev_enabled <> 'O'
            UNION ALL
            SELECT 45, format('COMMENT ON RULE %I ON %s IS %L', rulename, $2, obj_description(r.oid, 'pg_rewrite'))
            FROM t JOIN pg_rewrite r ON ev_class = id WHERE obj_description(r.oid, 'pg_rewrite') IS NOT NULL
            UNION ALL
            SELECT 50, format('DROP POLICY %I ON %s', polname, $2) FROM n JOIN pg_policy ON polrelid = id
            UNION ALL
            SELECT 51, format('CREATE POLICY %I ON %s AS %s FOR %s TO %s%s%s', polname, $2, CASE WHEN polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
                CASE polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
                (SELECT string_agg(CASE r WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(r)) END, ', ') FROM unnest(polroles) r),
                ' USING (' || pg_get_expr(polqual, polrelid) || ')', ' WITH CHECK (' || pg_get_expr(polwithcheck, polrelid) || ')')
            FROM t JOIN pg_policy ON polrelid = id
            UNION ALL
            SELECT 52, format('COMMENT ON POLICY %I ON %s IS %L', polname, $2, obj_description(p.oid, 'pg_policy'))
            FROM t JOIN pg_policy p ON polrelid = id WHERE obj_description(p.oid, 'pg_policy') IS NOT NULL
            UNION ALL
            SELECT 53, format('ALTER TABLE %s %s ROW LEVEL SECURITY', $2, CASE WHEN t.relrowsecurity THEN 'ENABLE' ELSE 'DISABLE' END)
            FROM t, n WHERE t.relrowsecurity <> n.relrowsecurity
            UNION ALL
            SELECT 54, format('ALTER TABLE %s %s ROW LEVEL SECURITY', $2, CASE WHEN t.relforcerowsecurity THEN 'FORCE' ELSE 'NO FORCE' END)
            FROM t, n WHERE t.relforcerowsecurity <> n.relforcerowsecurity
            UNION ALL
            SELECT 60, format('ALTER TABLE %s REPLICA IDENTITY %s', $2, CASE relreplident WHEN 'f' THEN 'FULL' WHEN 'n' THEN 'NOTHING'
                ELSE 'USING INDEX ' || (SELECT quote_ident(i.relname) FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid WHERE x.indrelid = id AND x.indisreplident) END)
            FROM t WHERE relreplident <> 'd'
            UNION ALL
            SELECT 61, format('ALTER TABLE %s CLUSTER ON %I', $2, i.relname)
            FROM t JOIN pg_index x ON x.indrelid = id AND x.indisclustered JOIN pg_class i ON i.oid = x.indexrelid
            UNION ALL
            SELECT 62, format('ALTER INDEX %s.%I ALTER COLUMN %s SET STATISTICS %s', t.relnamespace::regnamespace, i.relname, attnum, attstattarget)
            FROM t JOIN pg_index x ON x.indrelid = id JOIN pg_class i ON i.oid = x.indexrelid
            JOIN pg_attribute ON attrelid = i.oid AND coalesce(attstattarget, -1) >= 0
            UNION ALL
            SELECT 70, pg_get_statisticsobjdef(s.oid) FROM t JOIN pg_statistic_ext s ON stxrelid = id
            UNION ALL
            SELECT 71, format('ALTER STATISTICS %s.%I SET STATISTICS %s', stxnamespace::regnamespace, stxname, stxstattarget)
            FROM t JOIN pg_statistic_ext ON stxrelid = id AND coalesce(stxstattarget, -1) >= 0
            UNION ALL
            SELECT 72, format('COMMENT ON STATISTICS %s.%I IS %L', stxnamespace::regnamespace, stxname, obj_description(s.oid, 'pg_statistic_ext'))
            FROM t JOIN pg_statistic_ext s ON stxrelid = id WHERE obj_description(s.oid, 'pg_statistic_ext') IS NOT NULL
            UNION ALL
            SELECT 80, format('ALTER PUBLICATION %I ADD TABLE %s%s%s', pubname, $2,
                ' (' || (SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute WHERE attrelid = id AND attnum = ANY(prattrs)) || ')',
                ' WHERE (' || pg_get_expr(prqual, prrelid) || ')')
            FROM t JOIN pg_publication_rel r ON r.prrelid = id JOIN pg_publication p ON p.oid = r.prpubid
        ) statements (step, statement) WHERE NOT $4 OR step < 30 OR step BETWEEN 50 AND 59 OR step >= 80 ORDER BY step
        """;

    /// <summary>Grants of the table and its columns, for comparison; who granted does not count.</summary>
    private const string GrantsSql =
        """
        SELECT coalesce(string_agg(g, E'\n' ORDER BY g), '') FROM (
            SELECT format('owner %s', relowner::regrole) FROM pg_class WHERE oid = $1
            UNION
            SELECT format('%s %s %s', x.grantee, x.privilege_type, x.is_grantable)
            FROM pg_class, aclexplode(coalesce(relacl, acldefault('r', relowner))) x WHERE oid = $1
            UNION
            SELECT format('%s %s %s %s', attname, x.grantee, x.privilege_type, x.is_grantable)
            FROM pg_attribute, aclexplode(attacl) x WHERE attrelid = $1 AND NOT attisdropped) grants (g)
        """;

    /// <summary>The statements, to be run after the successor has been renamed.</summary>
    public static async Task<IReadOnlyList<string>> ReadAsync(
        NpgsqlConnection connection, uint present, TableName table, uint successor, bool securityOnly, CancellationToken cancellationToken)
    {
        List<string> statements = [];
        using NpgsqlCommand command = new(Sql, connection)
        {
            Parameters =
            {
                new() { Value = present, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Oid },
                new() { Value = table.ToSql() },
                new() { Value = successor, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Oid },
                new() { Value = securityOnly },
            },
        };
        NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                statements.Add(row.GetString(0));
        }

        return statements;
    }

    /// <summary>Owner and grants as one text.</summary>
    public static async Task<string> GrantsAsync(NpgsqlConnection connection, uint oid, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(GrantsSql, connection)
        {
            Parameters = { new() { Value = oid, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Oid } },
        };
        return (string)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }
}
