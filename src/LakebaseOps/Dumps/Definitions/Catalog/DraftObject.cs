namespace LakebaseOps.Dumps.Definitions.Catalog;

/// <summary>What the catalog knows something by: the catalog's own oid, and the row's.</summary>
/// <param name="Catalog">pg_class, pg_type, … as oid; below 100 for parts that the catalog has no row of, see <see cref="DraftPart"/>.</param>
/// <param name="Oid">Row.</param>
internal readonly record struct DraftKey(uint Catalog, uint Oid);

/// <summary>An object as it is read, before its place in the order is known.</summary>
internal sealed class DraftObject
{
    public required DraftKey Key { get; init; }

    public required string Kind { get; init; }

    public required string Schema { get; init; }

    public required string Name { get; init; }

    public required string Head { get; init; }

    /// <summary>Columns of a table; null for what has none.</summary>
    public string[]? Elements { get; init; }

    public string Tail { get; init; } = "";

    public string? Owner { get; init; }

    /// <summary>How ALTER … OWNER TO calls it.</summary>
    public string? Owned { get; init; }

    public TableName? Relation { get; init; }

    /// <summary>Relations that it needs though no row of pg_depend says so.</summary>
    public uint[] Relations { get; init; } = [];

    /// <summary>A view of the same columns that needs nothing, for views in a circle.</summary>
    public string? Dummy { get; init; }

    /// <summary>The table or domain that a check is written into.</summary>
    public DraftObject? Inside { get; set; }

    /// <summary>Checks that are written into this table or domain.</summary>
    public List<DraftObject> Checks { get; } = [];

    public DumpSection Section { get; set; }

    /// <summary>True once its first appearance is <see cref="Dummy"/> and the real one comes after the rows.</summary>
    public bool IsDummy { get; set; }

    /// <summary>What it is a second appearance of: the real view behind a dummy.</summary>
    public DraftObject? Real { get; init; }

    public bool IsRelation => Key.Catalog == DraftPart.Class && Kind is "TABLE" or "VIEW" or "MATERIALIZED VIEW" or "SEQUENCE";

    public string Sql()
    {
        if (IsDummy)
            return Dummy!;
        // Its tail is what it says within a table.
        if (Kind == "CHECK CONSTRAINT")
            return Head;
        if (Kind == "DOMAIN")
            return $"{Head}{string.Concat(Checks.Select(check => $"\n    {check.Tail}"))};";
        if (Elements is null)
            return Head + Tail;
        string[] lines = [.. Elements, .. Checks.Select(check => check.Tail)];
        string body = lines.Length > 0 ? $" (\n    {string.Join(",\n    ", lines)}\n)" : IsTyped ? "" : " (\n)";
        return $"{Head}{body}{Tail}";
    }

    /// <summary>True for a table of a type (CREATE TABLE … OF), whose list may not be empty.</summary>
    public bool IsTyped { get; init; }

    public override string ToString() => $"{Kind} {(Schema.Length == 0 ? "" : Schema + ".")}{Name}";
}
