using static LakebaseOps.Dumps.Definitions.Catalog.DraftPart;

namespace LakebaseOps.Dumps.Definitions.Catalog;

/// <summary>Functions, procedures, aggregates, operators, casts.</summary>
internal static class RoutineParts
{
    private static readonly string Own = $"{OwnSchema} AND {NotMember("pg_proc", "p.oid")}";

    /// <summary>Types of the arguments that call it, as pg_dump writes them behind a function's name.</summary>
    private const string Arguments =
        "(SELECT coalesce(string_agg(format_type(y, NULL), ', ' ORDER BY o), '') FROM unnest(p.proargtypes) WITH ORDINALITY AS u(y, o))";

    private static readonly string Functions = $"""
        SELECT p.oid, CASE p.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END, n.nspname, p.proname || '(' || {Arguments} || ')',
          rtrim(pg_get_functiondef(p.oid), E'\n') || ';',
          pg_get_userbyid(p.proowner), format('ROUTINE %I.%I(%s)', n.nspname, p.proname, {Arguments}), NULL, NULL
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE p.prokind <> 'a' AND {Own}
          AND NOT EXISTS (SELECT FROM pg_depend r WHERE r.classid = 'pg_proc'::regclass AND r.objid = p.oid AND r.deptype = 'i')
        """;

    private static readonly string Aggregates = $"""
        SELECT p.oid, 'AGGREGATE', n.nspname, p.proname || '(' || coalesce(nullif({Arguments}, ''), '*') || ')',
          format(E'CREATE AGGREGATE %I.%I(%s) (\n    SFUNC = %s,\n    STYPE = %s', n.nspname, p.proname,
                 coalesce(nullif(pg_get_function_arguments(p.oid), ''), '*'), a.aggtransfn::regproc, format_type(a.aggtranstype, NULL))
          || CASE WHEN a.aggtransspace <> 0 THEN E',\n    SSPACE = ' || a.aggtransspace ELSE '' END
          || coalesce(E',\n    INITCOND = ' || quote_literal(a.agginitval), '')
          || {Function("FINALFUNC", "a.aggfinalfn")} || CASE WHEN a.aggfinalextra THEN E',\n    FINALFUNC_EXTRA' ELSE '' END
          || CASE WHEN a.aggfinalfn <> 0 THEN {Modify("FINALFUNC_MODIFY", "a.aggfinalmodify")} ELSE '' END
          || {Function("COMBINEFUNC", "a.aggcombinefn")} || {Function("SERIALFUNC", "a.aggserialfn")} || {Function("DESERIALFUNC", "a.aggdeserialfn")}
          || {Function("MSFUNC", "a.aggmtransfn")} || {Function("MINVFUNC", "a.aggminvtransfn")}
          || CASE WHEN a.aggmtranstype <> 0 THEN E',\n    MSTYPE = ' || format_type(a.aggmtranstype, NULL) ELSE '' END
          || CASE WHEN a.aggmtransspace <> 0 THEN E',\n    MSSPACE = ' || a.aggmtransspace ELSE '' END
          || coalesce(E',\n    MINITCOND = ' || quote_literal(a.aggminitval), '')
          || {Function("MFINALFUNC", "a.aggmfinalfn")} || CASE WHEN a.aggmfinalextra THEN E',\n    MFINALFUNC_EXTRA' ELSE '' END
          || CASE WHEN a.aggmfinalfn <> 0 THEN {Modify("MFINALFUNC_MODIFY", "a.aggmfinalmodify")} ELSE '' END
          || coalesce((SELECT format(E',\n    SORTOP = OPERATOR(%I.%s)', s.nspname, o.oprname)
                       FROM pg_operator o JOIN pg_namespace s ON s.oid = o.oprnamespace WHERE o.oid = a.aggsortop), '')
          || CASE a.aggkind WHEN 'h' THEN E',\n    HYPOTHETICAL' ELSE '' END
          || CASE p.proparallel WHEN 's' THEN E',\n    PARALLEL = safe' WHEN 'r' THEN E',\n    PARALLEL = restricted' ELSE '' END || E'\n);',
          pg_get_userbyid(p.proowner), format('ROUTINE %I.%I(%s)', n.nspname, p.proname, {Arguments}), NULL, NULL
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_aggregate a ON a.aggfnoid = p.oid
        WHERE {Own}
        """;

    private static readonly string Operators = $"""
        SELECT p.oid, 'OPERATOR', n.nspname, p.oprname,
          format(E'CREATE OPERATOR %I.%s (\n    FUNCTION = %s', n.nspname, p.oprname, p.oprcode::regproc)
          || CASE WHEN p.oprcanmerge THEN E',\n    MERGES' ELSE '' END || CASE WHEN p.oprcanhash THEN E',\n    HASHES' ELSE '' END
          || coalesce(E',\n    LEFTARG = ' || nullif(p.oprleft, 0)::regtype, '') || E',\n    RIGHTARG = ' || p.oprright::regtype
          || {Operator("COMMUTATOR", "p.oprcom")} || {Operator("NEGATOR", "p.oprnegate")}
          || {Function("RESTRICT", "p.oprrest")} || {Function("JOIN", "p.oprjoin")} || E'\n);',
          pg_get_userbyid(p.oprowner),
          format('OPERATOR %I.%s (%s, %s)', n.nspname, p.oprname, coalesce(nullif(p.oprleft, 0)::regtype::text, 'NONE'), p.oprright::regtype), NULL, NULL
        FROM pg_operator p JOIN pg_namespace n ON n.oid = p.oprnamespace
        WHERE p.oprcode <> 0 AND {OwnSchema} AND {NotMember("pg_operator", "p.oid")}
        """;

    private static readonly string Casts = $"""
        SELECT c.oid, 'CAST', '', format('CAST (%s AS %s)', c.castsource::regtype, c.casttarget::regtype),
          format('CREATE CAST (%s AS %s) ', c.castsource::regtype, c.casttarget::regtype)
          || CASE c.castmethod WHEN 'b' THEN 'WITHOUT FUNCTION' WHEN 'i' THEN 'WITH INOUT' ELSE 'WITH FUNCTION ' || c.castfunc::regprocedure END
          || CASE c.castcontext WHEN 'a' THEN ' AS ASSIGNMENT' WHEN 'i' THEN ' AS IMPLICIT' ELSE '' END || ';',
          NULL, NULL, NULL, NULL
        FROM pg_cast c
        WHERE c.oid >= 16384 AND {NotMember("pg_cast", "c.oid")}
          AND NOT EXISTS (SELECT FROM pg_depend r WHERE r.classid = 'pg_cast'::regclass AND r.objid = c.oid AND r.deptype = 'i')
        """;

    public static IReadOnlyList<DraftPart> All { get; } =
    [
        new(Proc, DumpSection.PreData, Functions),
        new(Proc, DumpSection.PreData, Aggregates),
        new(DraftPart.Operator, DumpSection.PreData, Operators),
        new(DraftPart.Cast, DumpSection.PreData, Casts),
    ];

    private static string Function(string word, string column) =>
        $@"CASE WHEN {column} <> 0 THEN E',\n    {word} = ' || {column}::regproc ELSE '' END";

    private static string Modify(string word, string column) =>
        $@"CASE {column} WHEN 'r' THEN E',\n    {word} = READ_ONLY' WHEN 's' THEN E',\n    {word} = SHAREABLE' ELSE E',\n    {word} = READ_WRITE' END";

    private static string Operator(string word, string column) =>
        $@"coalesce((SELECT format(E',\n    {word} = OPERATOR(%I.%s)', s.nspname, o.oprname)
             FROM pg_operator o JOIN pg_namespace s ON s.oid = o.oprnamespace WHERE o.oid = {column}), '')";
}
