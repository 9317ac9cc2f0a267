using Npgsql;
using NpgsqlTypes;

namespace LakebaseOps.Loading.Staging;

/// <summary>
/// Something elsewhere in the database that refers to a table and is pointed to its successor: a view, a function with an
/// SQL body, a rule or policy of another table, a foreign key of another table. It stays the same object with its owner, grants and
/// comments; only a foreign key is dropped, added again and thereby checked against the new rows.
/// </summary>
/// <param name="Kind">View, Function, Rule, Policy or ForeignKey.</param>
/// <param name="Name">What it is, for a person.</param>
/// <param name="Lock">Locks it; before the table itself, the order in which readers take their locks. Null when there is nothing to lock.</param>
/// <param name="Before">Lets go of the table; null when there is nothing to let go.</param>
/// <param name="After">Takes hold of the successor, once that bears the table's name.</param>
internal sealed record Dependent(string Kind, string Name, string? Lock, string? Before, IReadOnlyList<string> After)
{
    /// <summary>$1 the table. Names are qualified as the connection's search_path demands.</summary>
    private const string Sql =
        """
        WITH d AS (SELECT DISTINCT classid, objid FROM pg_depend WHERE refclassid = 'pg_class'::regclass AND refobjid = $1 AND deptype = 'n'),
        lock AS (SELECT c.oid AS id, CASE WHEN relkind = 'v' THEN format('ALTER VIEW %s OWNER TO %I', c.oid::regclass, pg_get_userbyid(relowner))
                 ELSE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', c.oid::regclass) END AS statement FROM pg_class c)
        SELECT kind, name, lock, before, after FROM (
            SELECT 1, 'View', 'view ' || v.oid::regclass, lock.statement, NULL,
                ARRAY[format('CREATE OR REPLACE VIEW %s%s AS %s', v.oid::regclass,
                    ' WITH (' || (SELECT string_agg(format('%I=%L', split_part(o, '=', 1), substr(o, strpos(o, '=') + 1)), ', ') FROM unnest(v.reloptions) o) || ')',
                    pg_get_viewdef(v.oid))]
            FROM d JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid AND r.rulename = '_RETURN'
            JOIN pg_class v ON v.oid = r.ev_class AND v.relkind = 'v' JOIN lock ON lock.id = v.oid
            UNION ALL
            SELECT 2, 'Function', 'function ' || p.oid::regprocedure, NULL, NULL, ARRAY[pg_get_functiondef(p.oid)]
            FROM d JOIN pg_proc p ON d.classid = 'pg_proc'::regclass AND p.oid = d.objid AND p.prosqlbody IS NOT NULL
            UNION ALL
            SELECT 3, 'Rule', format('rule %I on %s', r.rulename, r.ev_class::regclass), lock.statement, NULL,
                ARRAY[regexp_replace(pg_get_ruledef(r.oid), '^CREATE RULE', 'CREATE OR REPLACE RULE')]
            FROM d JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid AND r.rulename <> '_RETURN' AND r.ev_class <> $1
            JOIN lock ON lock.id = r.ev_class
            UNION ALL
            SELECT 4, 'Policy', format('policy %I on %s', polname, polrelid::regclass), lock.statement, NULL,
                ARRAY[format('ALTER POLICY %I ON %s%s%s', polname, polrelid::regclass,
                    ' USING (' || pg_get_expr(polqual, polrelid) || ')', ' WITH CHECK (' || pg_get_expr(polwithcheck, polrelid) || ')')]
            FROM d JOIN pg_policy p ON d.classid = 'pg_policy'::regclass AND p.oid = d.objid AND polrelid <> $1 JOIN lock ON lock.id = polrelid
            UNION ALL
            SELECT 5, 'ForeignKey', format('foreign key %I of %s', conname, conrelid::regclass), lock.statement,
                format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname),
                ARRAY[format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(c.oid)),
                    format('COMMENT ON CONSTRAINT %I ON %s IS %L', conname, conrelid::regclass, obj_description(c.oid, 'pg_constraint'))]
            FROM pg_constraint c JOIN lock ON lock.id = conrelid
            WHERE contype = 'f' AND confrelid = $1 AND conrelid <> $1 AND conparentid = 0
        ) found (step, kind, name, lock, before, after) ORDER BY step, name
        """;

    /// <summary>Everything that refers to a table and can be carried over.</summary>
    public static async Task<IReadOnlyList<Dependent>> ListAsync(NpgsqlConnection connection, uint table, CancellationToken cancellationToken)
    {
        List<Dependent> found = [];
        using NpgsqlCommand command = new(Sql, connection) { Parameters = { new() { Value = table, NpgsqlDbType = NpgsqlDbType.Oid } } };
        NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                found.Add(new Dependent(row.GetString(0), row.GetString(1), Text(row, 2), Text(row, 3), row.GetFieldValue<string[]>(4)));
        }

        return found;
    }

    /// <summary>The publications that a table is in; null when it is in none.</summary>
    public static async Task<string?> PublicationsAsync(NpgsqlConnection connection, TableName table, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new("SELECT string_agg(pubname, ', ') FROM pg_publication_tables WHERE schemaname = $1 AND tablename = $2", connection)
        {
            Parameters = { new() { Value = table.Schema }, new() { Value = table.Name } },
        };
        return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) as string;
    }

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}
