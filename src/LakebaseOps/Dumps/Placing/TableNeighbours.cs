using LakebaseOps.Dumps.Restoring;
using Npgsql;

namespace LakebaseOps.Dumps.Placing;

/// <summary>What lies around tables of a target that are to be replaced: what needs them, and what is tied to them.</summary>
internal static class TableNeighbours
{
    // A sequence of a table and an index go wherever the table goes.
    private const string Moved =
        """
        moved AS (SELECT to_regclass(name)::oid AS oid FROM unnest($1) AS wanted (name) WHERE to_regclass(name) IS NOT NULL
            AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = to_regclass(name) AND refclassid = 'pg_class'::regclass
                AND refobjsubid > 0 AND deptype IN ('a', 'i'))),
        relations AS (
            SELECT oid FROM moved
            UNION SELECT indexrelid FROM pg_index WHERE indrelid IN (SELECT oid FROM moved)
            UNION SELECT d.objid FROM pg_depend d JOIN pg_class c ON c.oid = d.objid AND c.relkind = 'S'
                WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid IN (SELECT oid FROM moved) AND d.deptype IN ('a', 'i')),
        types AS (SELECT oid, typarray FROM pg_type WHERE typrelid IN (SELECT oid FROM relations)),
        inside AS (
            SELECT 'pg_class'::regclass::oid AS classid, oid FROM relations
            UNION ALL SELECT 'pg_type'::regclass, oid FROM types UNION ALL SELECT 'pg_type'::regclass, typarray FROM types
            UNION ALL SELECT 'pg_statistic_ext'::regclass, oid FROM pg_statistic_ext WHERE stxrelid IN (SELECT oid FROM moved)
            UNION ALL SELECT 'pg_constraint'::regclass, oid FROM pg_constraint WHERE conrelid IN (SELECT oid FROM moved)
            UNION ALL SELECT 'pg_rewrite'::regclass, oid FROM pg_rewrite WHERE ev_class IN (SELECT oid FROM moved)
            UNION ALL SELECT 'pg_attrdef'::regclass, oid FROM pg_attrdef WHERE adrelid IN (SELECT oid FROM moved)
            UNION ALL SELECT 'pg_trigger'::regclass, oid FROM pg_trigger WHERE tgrelid IN (SELECT oid FROM moved)
            UNION ALL SELECT 'pg_policy'::regclass, oid FROM pg_policy WHERE polrelid IN (SELECT oid FROM moved))
        """;

    /// <summary>Tables, views and sequences of those names that are there, but for sequences of tables.</summary>
    public static Task<IReadOnlyList<string>> PresentAsync(NpgsqlConnection connection, string[] names, CancellationToken cancellationToken) => Placement.ListAsync(
        connection,
        $"WITH {Moved} SELECT format('%I.%I', nspname, relname) FROM moved JOIN pg_class c USING (oid) JOIN pg_namespace n ON n.oid = relnamespace ORDER BY 1",
        cancellationToken, (object)names);

    /// <summary>What needs them and is not among them, but for foreign keys, which are made anew.</summary>
    public static Task<IReadOnlyList<string>> DependentsAsync(NpgsqlConnection connection, string[] names, CancellationToken cancellationToken) => Placement.ListAsync(
        connection,
        $"""
        WITH {Moved}
        SELECT pg_describe_object(d.classid, d.objid, 0) || ', which needs ' || pg_describe_object(d.refclassid, d.refobjid, 0) FROM pg_depend d
        JOIN inside ON inside.classid = d.refclassid AND inside.oid = d.refobjid
        LEFT JOIN inside AS own ON own.classid = d.classid AND own.oid = d.objid
        WHERE own.oid IS NULL AND d.deptype IN ('n', 'a')
            AND NOT (d.classid = 'pg_constraint'::regclass AND EXISTS (SELECT FROM pg_constraint k WHERE k.oid = d.objid AND contype = 'f'))
        UNION
        SELECT i.inhrelid::regclass || ', which is a part of ' || i.inhparent::regclass || ' and cannot be replaced without it'
        FROM pg_inherits i JOIN moved ON moved.oid = i.inhrelid WHERE i.inhparent NOT IN (SELECT oid FROM moved)
        ORDER BY 1
        """, cancellationToken, (object)names);

    /// <summary>Names in a schema that other relations have there than those that go away.</summary>
    public static Task<IReadOnlyList<string>> TakenAsync(
        NpgsqlConnection connection, string[] names, string[] taken, CancellationToken cancellationToken) => Placement.ListAsync(
        connection,
        $"""
        WITH {Moved}
        SELECT DISTINCT pg_describe_object('pg_class'::regclass, c.oid, 0) || ', which has the name of what is restored' FROM unnest($2) AS wanted (name)
        JOIN pg_class c ON c.oid = to_regclass(name) WHERE c.oid NOT IN (SELECT oid FROM relations) ORDER BY 1
        """, cancellationToken, names, taken);

    /// <summary>Foreign keys of other tables that refer to them.</summary>
    public static async Task<IReadOnlyList<ForeignKey>> IncomingAsync(NpgsqlConnection connection, string[] names, CancellationToken cancellationToken)
    {
        List<ForeignKey> found = [];
        using NpgsqlCommand command = new(
            $"""
            WITH {Moved}
            SELECT format('%I.%I', n.nspname, c.relname), conname, pg_get_constraintdef(k.oid), convalidated AND c.relkind <> 'p', c.relkind <> 'p',
                obj_description(k.oid, 'pg_constraint')
            FROM pg_constraint k JOIN pg_class c ON c.oid = conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE contype = 'f' AND conparentid = 0 AND confrelid IN (SELECT oid FROM moved) AND conrelid NOT IN (SELECT oid FROM moved) ORDER BY 1, 2
            """, connection)
        {
            Parameters = { new() { Value = names } },
        };
        NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                found.Add(new ForeignKey(
                    reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetBoolean(3), reader.GetBoolean(4), reader.IsDBNull(5) ? null : reader.GetString(5)));
            }
        }

        return found;
    }

    /// <summary>Statements that move tables with their extended statistics, which do not go by themselves.</summary>
    public static Task<IReadOnlyList<string>> MoveAsync(NpgsqlConnection connection, string[] names, string schema, CancellationToken cancellationToken) => Placement.ListAsync(
        connection,
        $"""
        WITH {Moved}
        SELECT format('ALTER STATISTICS %I.%I SET SCHEMA %I', nspname, stxname, $2) FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = stxnamespace
        WHERE stxrelid IN (SELECT oid FROM moved)
        UNION ALL
        SELECT format('ALTER TABLE %I.%I SET SCHEMA %I', nspname, relname, $2) FROM moved JOIN pg_class c USING (oid) JOIN pg_namespace n ON n.oid = relnamespace
        """, cancellationToken, names, schema);

    /// <summary>Statements that move all of a schema to another.</summary>
    public static Task<IReadOnlyList<string>> EmptyAsync(NpgsqlConnection connection, string from, string to, CancellationToken cancellationToken) => Placement.ListAsync(
        connection,
        """
        WITH place AS (SELECT oid FROM pg_namespace WHERE nspname = $1),
        there AS (
            SELECT 'pg_class'::regclass::oid AS classid, oid FROM pg_class WHERE relnamespace = (SELECT oid FROM place) AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
            UNION ALL SELECT 'pg_type'::regclass, t.oid FROM pg_type t LEFT JOIN pg_class c ON c.oid = typrelid
                WHERE typnamespace = (SELECT oid FROM place) AND (typtype IN ('e', 'd', 'r', 'm') OR c.relkind = 'c')
            UNION ALL SELECT 'pg_proc'::regclass, oid FROM pg_proc WHERE pronamespace = (SELECT oid FROM place)
            UNION ALL SELECT 'pg_operator'::regclass, oid FROM pg_operator WHERE oprnamespace = (SELECT oid FROM place)
            UNION ALL SELECT 'pg_collation'::regclass, oid FROM pg_collation WHERE collnamespace = (SELECT oid FROM place)
            UNION ALL SELECT 'pg_opclass'::regclass, oid FROM pg_opclass WHERE opcnamespace = (SELECT oid FROM place)
            UNION ALL SELECT 'pg_opfamily'::regclass, oid FROM pg_opfamily WHERE opfnamespace = (SELECT oid FROM place)
            UNION ALL SELECT 'pg_ts_config'::regclass, oid FROM pg_ts_config WHERE cfgnamespace = (SELECT oid FROM place)
            UNION ALL SELECT 'pg_ts_dict'::regclass, oid FROM pg_ts_dict WHERE dictnamespace = (SELECT oid FROM place)
            UNION ALL SELECT 'pg_statistic_ext'::regclass, oid FROM pg_statistic_ext WHERE stxnamespace = (SELECT oid FROM place))
        SELECT format('ALTER %s %s SET SCHEMA %I', CASE o.type WHEN 'statistics object' THEN 'STATISTICS' ELSE CASE WHEN classid = 'pg_class'::regclass THEN 'TABLE' ELSE o.type END END, o.identity, $2)
        FROM there CROSS JOIN pg_identify_object(classid, oid, 0) AS o
        WHERE NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = there.classid AND d.objid = there.oid AND (d.deptype = 'e'
            OR (d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i'))))
        UNION ALL
        SELECT format('ALTER EXTENSION %I SET SCHEMA %I', extname, $2) FROM pg_extension WHERE extnamespace = (SELECT oid FROM place)
        ORDER BY 1
        """, cancellationToken, from, to);
}

/// <summary>A foreign key of a table that stays.</summary>
/// <param name="Table">The table, as SQL.</param>
/// <param name="Name">The key.</param>
/// <param name="Definition">As pg_get_constraintdef says it.</param>
/// <param name="IsProved">True when all rows are known to keep it, and can be checked later.</param>
/// <param name="IsSplit">True when it can be made without looking at rows; a partitioned table's cannot.</param>
/// <param name="Comment">What is said of it.</param>
internal sealed record ForeignKey(string Table, string Name, string Definition, bool IsProved, bool IsSplit, string? Comment)
{
    /// <summary>For people.</summary>
    public string Label => $"{Name} of {Table}";

    /// <summary>Takes it away.</summary>
    public string DropSql => $"ALTER TABLE {Table} DROP CONSTRAINT {TableName.Quote(Name)}";

    /// <summary>Makes it again.</summary>
    public IEnumerable<string> MakeSql()
    {
        bool adds = IsSplit && !Definition.EndsWith(" NOT VALID", StringComparison.Ordinal);
        yield return $"ALTER TABLE {Table} ADD CONSTRAINT {TableName.Quote(Name)} {Definition}{(adds ? " NOT VALID" : "")}";
        if (Comment is not null)
            yield return $"COMMENT ON CONSTRAINT {TableName.Quote(Name)} ON {Table} IS '{Comment.Replace("'", "''", StringComparison.Ordinal)}'";
    }
}
