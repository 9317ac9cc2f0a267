namespace LakebaseOps.Dumps.Definitions;

/// <summary>
/// What a target has already: where chosen tables need some of it, that stays as it is, and what it needs itself is of no concern. Objects are
/// told by marks, which the books of a restore keep.
/// </summary>
/// <param name="there">Marks of what is there; nothing by default.</param>
internal sealed class PresentObjects(IReadOnlySet<string>? there = null)
{
    // Made where missing, and left alone otherwise, in any restore.
    private static readonly HashSet<string> Always = ["SCHEMA", "EXTENSION"];

    private readonly Dictionary<string, DumpObject> _objects = [];
    private readonly HashSet<TableName> _tables = [];
    private readonly HashSet<TableName> _seen = [];

    /// <summary>Objects without rows that were needed and are there, as the source has them.</summary>
    public IReadOnlyCollection<DumpObject> Objects => _objects.Values;

    /// <summary>Tables, views and sequences that were needed and are there.</summary>
    public IReadOnlyCollection<TableName> Tables => _tables;

    /// <summary>Marks of all that was asked for and is there.</summary>
    public IEnumerable<string> Marks => _objects.Values.Select(Mark).Concat(_tables.Concat(_seen).Distinct().Select(Mark));

    /// <summary>How a relation is told.</summary>
    public static string Mark(TableName table) => $"kept {table.ToSql()}";

    /// <summary>How another object is told.</summary>
    public static string Mark(DumpObject one) => $"kept {one.BareKey}";

    /// <summary>True when a relation is there that something will refer to in the end.</summary>
    public bool Sees(TableName table) => Has(table, _seen);

    /// <summary>True when a relation is there, which then is kept.</summary>
    public bool Keeps(TableName table) => Has(table, _tables);

    /// <summary>True when an object is there, which then is kept.</summary>
    public bool Keeps(DumpObject one)
    {
        if (there is null || one.Relation is not null || Always.Contains(one.Kind) || !there.Contains(Mark(one)))
            return false;
        _objects.TryAdd(one.BareKey, one);
        return true;
    }

    private bool Has(TableName table, HashSet<TableName> found)
    {
        bool has = there?.Contains(Mark(table)) == true;
        if (has)
            found.Add(table);
        return has;
    }
}
