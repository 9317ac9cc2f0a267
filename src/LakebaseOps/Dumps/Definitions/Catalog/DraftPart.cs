namespace LakebaseOps.Dumps.Definitions.Catalog;

/// <summary>A query that reads one sort of objects.</summary>
/// <param name="Catalog">The catalog that its oids are of.</param>
/// <param name="Section">When its objects are made.</param>
/// <param name="Sql">
/// Rows of oid, kind, schema, name, statement, owner, how ALTER calls it, schema and name of its relation, and optionally by name:
/// needs (oid[] of relations), elements (text[]), tail, dummy, inside (oid), typed. Kind '!' is what cannot be expressed, the statement
/// being the reason; kind '-' is what is left out on purpose.
/// </param>
internal sealed record DraftPart(uint Catalog, DumpSection Section, string Sql)
{
    public const uint Class = 1259;
    public const uint Type = 1247;
    public const uint Proc = 1255;
    public const uint Default = 2604;
    public const uint Constraint = 2606;
    public const uint Rewrite = 2618;
    public const uint Trigger = 2620;
    public const uint Namespace = 2615;
    public const uint Extension = 3079;
    public const uint Policy = 3256;
    public const uint Statistics = 3381;
    public const uint Operator = 2617;
    public const uint Cast = 2605;
    public const uint Collation = 3456;
    public const uint TextConfiguration = 3602;
    public const uint TextDictionary = 3600;
    public const uint EventTrigger = 3466;

    // Parts without a row of their own, by the oid of the relation that they belong to.
    public const uint OwnedBy = 1;
    public const uint TableAttach = 2;
    public const uint IndexAttach = 3;
    public const uint RowSecurity = 4;
    public const uint SequenceSet = 5;
    public const uint Refresh = 6;
    public const uint Nothing = 7;

    /// <summary>Condition for schemas whose objects are the user's.</summary>
    public const string OwnSchema =
        "n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'lakebase_ops', '__db_system')";

    /// <summary>Condition for what no extension made.</summary>
    public static string NotMember(string catalog, string oid) =>
        $"NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = '{catalog}'::regclass AND e.objid = {oid} AND e.deptype = 'e')";
}
