using LakebaseOps.Dumps.Restoring;
using Npgsql;

namespace LakebaseOps.Dumps.Placing;

/// <summary>Whole schemas are made anew beside those of the same names, and take their places at the end.</summary>
/// <param name="restore">Id of the restore.</param>
/// <param name="schemas">Schemas by the names that the statements call them; each with its name in the end, and how it is made.</param>
/// <param name="shared">Event triggers that are made anew as well.</param>
internal sealed class SchemaPlacement(
    Guid restore, IReadOnlyList<(string Name, string Final, IReadOnlyList<string> Create)> schemas, IReadOnlyList<string> shared) : Placement
{
    // What lies in schemas, and what hangs on it wherever that is said to lie.
    private const string Inside =
        """
        live AS (SELECT oid FROM pg_namespace WHERE nspname = ANY($1)),
        named AS (
            SELECT 'pg_class'::regclass::oid AS classid, oid FROM pg_class WHERE relnamespace IN (SELECT oid FROM live)
            UNION ALL SELECT 'pg_type'::regclass, oid FROM pg_type WHERE typnamespace IN (SELECT oid FROM live)
            UNION ALL SELECT 'pg_proc'::regclass, oid FROM pg_proc WHERE pronamespace IN (SELECT oid FROM live)
            UNION ALL SELECT 'pg_operator'::regclass, oid FROM pg_operator WHERE oprnamespace IN (SELECT oid FROM live)
            UNION ALL SELECT 'pg_collation'::regclass, oid FROM pg_collation WHERE collnamespace IN (SELECT oid FROM live)
            UNION ALL SELECT 'pg_opclass'::regclass, oid FROM pg_opclass WHERE opcnamespace IN (SELECT oid FROM live)
            UNION ALL SELECT 'pg_opfamily'::regclass, oid FROM pg_opfamily WHERE opfnamespace IN (SELECT oid FROM live)
            UNION ALL SELECT 'pg_ts_config'::regclass, oid FROM pg_ts_config WHERE cfgnamespace IN (SELECT oid FROM live)
            UNION ALL SELECT 'pg_ts_dict'::regclass, oid FROM pg_ts_dict WHERE dictnamespace IN (SELECT oid FROM live)
            UNION ALL SELECT 'pg_statistic_ext'::regclass, oid FROM pg_statistic_ext WHERE stxnamespace IN (SELECT oid FROM live)),
        inside AS (
            SELECT classid, oid FROM named
            UNION ALL SELECT 'pg_cast'::regclass, c.oid FROM pg_cast c
                WHERE EXISTS (SELECT FROM named WHERE named.oid IN (c.castsource, c.casttarget) AND named.classid = 'pg_type'::regclass)
            UNION ALL SELECT 'pg_event_trigger'::regclass, oid FROM pg_event_trigger WHERE evtname = ANY($2)
            UNION ALL SELECT 'pg_constraint'::regclass, oid FROM pg_constraint WHERE connamespace IN (SELECT oid FROM live)
            UNION ALL SELECT 'pg_rewrite'::regclass, r.oid FROM pg_rewrite r JOIN named ON named.oid = r.ev_class AND named.classid = 'pg_class'::regclass
            UNION ALL SELECT 'pg_attrdef'::regclass, d.oid FROM pg_attrdef d JOIN named ON named.oid = d.adrelid AND named.classid = 'pg_class'::regclass
            UNION ALL SELECT 'pg_trigger'::regclass, t.oid FROM pg_trigger t JOIN named ON named.oid = t.tgrelid AND named.classid = 'pg_class'::regclass
            UNION ALL SELECT 'pg_policy'::regclass, p.oid FROM pg_policy p JOIN named ON named.oid = p.polrelid AND named.classid = 'pg_class'::regclass)
        """;

    private readonly IReadOnlyList<Staged> _schemas = [.. schemas.Select(schema => new Staged(
        schema.Name, schema.Final, Name(schema.Name, "stg", restore), Name(schema.Name, "keep", restore), Name(schema.Final, "old", restore), schema.Create))];

    /// <inheritdoc />
    public override IReadOnlyList<string> Stages => [.. _schemas.Select(schema => schema.Stage)];

    /// <inheritdoc />
    public override TableName Stage(TableName table) => table with { Schema = Of(table).Stage };

    /// <inheritdoc />
    public override TableName Final(TableName table) => table with { Schema = Of(table).Final };

    /// <inheritdoc />
    public override async Task<IReadOnlyList<string>> ObstaclesAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        string[] replaced = [.. _schemas.Select(schema => schema.Final)];
        IReadOnlyList<string> outside = await DependentsAsync(connection, replaced, replaced, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<string> fixtures = await ListAsync(
            connection,
            "SELECT 'extension ' || extname || ', which cannot be moved out of schema ' || nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace "
            + "WHERE nspname = ANY($1) AND NOT extrelocatable ORDER BY 1",
            cancellationToken, (object)replaced.Concat(_schemas.Select(schema => schema.Name)).Distinct().ToArray()).ConfigureAwait(false);
        return [.. outside, .. fixtures];
    }

    /// <inheritdoc />
    public override async Task<IReadOnlyList<string>> StrangersAsync(NpgsqlConnection connection, List<string> drop, CancellationToken cancellationToken)
    {
        // Not views: to lock one is to lock what it reads, by the rights of its owner.
        IReadOnlyList<string> tables = await ListAsync(
            connection, "SELECT format('%I.%I', nspname, relname) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = ANY($1) AND relkind IN ('r', 'p')",
            cancellationToken, (object)drop.ToArray()).ConfigureAwait(false);
        foreach (string[] some in tables.Chunk(500))
            await RunAsync(connection, [$"LOCK TABLE ONLY {string.Join(", ONLY ", some)} IN ACCESS EXCLUSIVE MODE"], cancellationToken).ConfigureAwait(false);
        List<string> all = [];
        for (bool again = true; again;)
        {
            again = false;
            // What is kept is outside of the rest, too, which it may need.
            foreach (string one in drop.ToArray())
            {
                IReadOnlyList<string> found = await DependentsAsync(connection, [one], drop, cancellationToken).ConfigureAwait(false);
                if (found.Count == 0)
                    continue;
                all.AddRange(found);
                again = drop.Remove(one);
            }
        }

        return all;
    }

    /// <summary>What lies outside of schemas and needs something within some of them.</summary>
    private async Task<IReadOnlyList<string>> DependentsAsync(
        NpgsqlConnection connection, IReadOnlyList<string> names, IReadOnlyList<string> together, CancellationToken cancellationToken) => await ListAsync(
            connection,
            $"""
            WITH {Inside}
            SELECT DISTINCT pg_describe_object(d.classid, d.objid, 0) || ', which needs ' || pg_describe_object(d.refclassid, d.refobjid, 0) FROM pg_depend d
            JOIN inside ON inside.classid = d.refclassid AND inside.oid = d.refobjid
            LEFT JOIN inside AS own ON own.classid = d.classid AND own.oid = d.objid
            WHERE own.oid IS NULL AND d.deptype IN ('n', 'a') AND d.classid NOT IN ('pg_amop'::regclass, 'pg_amproc'::regclass)
                AND ((pg_identify_object(d.refclassid, d.refobjid, 0)).schema = ANY($3) OR $3 = $1)
                AND NOT EXISTS (SELECT FROM pg_depend m WHERE m.classid = d.refclassid AND m.objid = d.refobjid AND m.deptype = 'e')
            ORDER BY 1
            """, cancellationToken, together.ToArray(), shared.ToArray(), names.ToArray()).ConfigureAwait(false);

    /// <inheritdoc />
    public override async Task<IReadOnlyList<string>> EnterAsync(NpgsqlConnection connection, bool first, CancellationToken cancellationToken)
    {
        List<string> leave = [];
        HashSet<string> live = await LiveAsync(connection, cancellationToken).ConfigureAwait(false);
        foreach (Staged schema in _schemas)
        {
            string[] moved = [];
            List<string> create = [.. schema.Create];
            if (live.Contains(schema.Name))
            {
                moved = [.. await ExtensionsAsync(connection, schema.Name, cancellationToken).ConfigureAwait(false)];
                if (first && create.Count == 0)
                    create.AddRange(await LikeAsync(connection, schema.Name, cancellationToken).ConfigureAwait(false));
                await RunAsync(connection, [Rename(schema.Name, schema.Keep)], cancellationToken).ConfigureAwait(false);
            }

            if (first && create.Count == 0)
                create.Add($"CREATE SCHEMA {TableName.Quote(schema.Name)}");
            await RunAsync(connection, first ? create : [Rename(schema.Stage, schema.Name)], cancellationToken).ConfigureAwait(false);
            await RunAsync(connection, Move(moved, schema.Name), cancellationToken).ConfigureAwait(false);
            if (live.Contains(schema.Name))
            {
                leave.AddRange(Move(moved, schema.Keep));
                leave.Add(Rename(schema.Name, schema.Stage));
                leave.Add(Rename(schema.Keep, schema.Name));
            }
            else
            {
                leave.Add(Rename(schema.Name, schema.Stage));
            }
        }

        return leave;
    }

    /// <inheritdoc />
    public override async Task<IReadOnlyList<string>> SwapAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        List<string> previous = [];
        HashSet<string> live = await LiveAsync(connection, cancellationToken).ConfigureAwait(false);
        foreach (Staged schema in _schemas)
        {
            string[] moved = [];
            if (live.Contains(schema.Final))
            {
                moved = [.. await ExtensionsAsync(connection, schema.Final, cancellationToken).ConfigureAwait(false)];
                await RunAsync(connection, [Rename(schema.Final, schema.Previous)], cancellationToken).ConfigureAwait(false);
                previous.Add(schema.Previous);
            }

            await RunAsync(connection, [Rename(schema.Stage, schema.Final), .. Move(moved, schema.Final)], cancellationToken).ConfigureAwait(false);
        }

        return previous;
    }

    /// <inheritdoc />
    public override string Successor(string previous) => _schemas.First(schema => schema.Previous == previous).Final;

    /// <inheritdoc />
    public override IReadOnlyList<string> DropSql(IReadOnlyList<string> previous) =>
        [.. previous.Select(schema => $"DROP SCHEMA IF EXISTS {TableName.Quote(schema)} CASCADE")];

    /// <inheritdoc />
    public override async Task<IReadOnlyList<string>> PreviousAsync(NpgsqlConnection connection, CancellationToken cancellationToken) => await ListAsync(
        connection, "SELECT nspname FROM pg_namespace WHERE nspname = ANY($1) ORDER BY 1", cancellationToken,
        (object)_schemas.Select(schema => schema.Previous).ToArray()).ConfigureAwait(false);

    private static string Rename(string from, string to) => $"ALTER SCHEMA {TableName.Quote(from)} RENAME TO {TableName.Quote(to)}";

    private static IEnumerable<string> Move(IEnumerable<string> extensions, string to) =>
        extensions.Select(extension => $"ALTER EXTENSION {TableName.Quote(extension)} SET SCHEMA {TableName.Quote(to)}");

    private static Task<IReadOnlyList<string>> ExtensionsAsync(NpgsqlConnection connection, string schema, CancellationToken cancellationToken) => ListAsync(
        connection, "SELECT extname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE nspname = $1 ORDER BY 1", cancellationToken, schema);

    /// <summary>Statements for a schema as one that is there: the dump has nothing to say about it, as about public.</summary>
    private static Task<IReadOnlyList<string>> LikeAsync(NpgsqlConnection connection, string schema, CancellationToken cancellationToken) => ListAsync(
        connection,
        """
        SELECT format('CREATE SCHEMA %I AUTHORIZATION %I', nspname, pg_get_userbyid(nspowner)) FROM pg_namespace WHERE nspname = $1
        UNION ALL
        SELECT format('GRANT %s ON SCHEMA %I TO %s%s', a.privilege_type, nspname,
            CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END, CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
        FROM pg_namespace CROSS JOIN aclexplode(nspacl) AS a WHERE nspname = $1 AND a.grantee <> nspowner
        UNION ALL
        SELECT format('COMMENT ON SCHEMA %I IS %L', nspname, obj_description(oid, 'pg_namespace')) FROM pg_namespace
        WHERE nspname = $1 AND obj_description(oid, 'pg_namespace') IS NOT NULL
        """, cancellationToken, schema);

    private async Task<HashSet<string>> LiveAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
    [
        .. await ListAsync(
            connection, "SELECT nspname FROM pg_namespace WHERE nspname = ANY($1)", cancellationToken,
            (object)_schemas.SelectMany(schema => new[] { schema.Name, schema.Final }).Distinct().ToArray()).ConfigureAwait(false),
    ];

    private Staged Of(TableName table) => _schemas.Single(schema => schema.Name == table.Schema);

    private sealed record Staged(string Name, string Final, string Stage, string Keep, string Previous, IReadOnlyList<string> Create);
}
