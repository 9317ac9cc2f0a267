namespace LakebaseOps.Dumps.Definitions;

/// <summary>
/// An object of a database as SQL makes it: a table, a type, a key, a comment. Statements name everything with its schema and are
/// run in the order of the list, with an empty search_path.
/// </summary>
/// <param name="Section">Before or after the rows.</param>
/// <param name="Kind">What it is, as pg_dump's TOC says it: TABLE, TYPE, DOMAIN, SEQUENCE, CONSTRAINT, FK CONSTRAINT, INDEX, ACL, …</param>
/// <param name="Schema">Its schema; empty for what lies in none.</param>
/// <param name="Name">Its name within the schema and, for what belongs to another object, after that object's: "orders orders_pkey".</param>
/// <param name="Sql">One or more statements, each ended by a semicolon; no psql commands.</param>
internal sealed record DumpObject(DumpSection Section, string Kind, string Schema, string Name, string Sql)
{
    /// <summary>Role that owns it; empty where it has none of its own. The statement that gives it away is not in <see cref="Sql"/>.</summary>
    public string Owner { get; init; } = "";

    /// <summary>The statement that makes <see cref="Owner"/> own it (ALTER … OWNER TO …); null where it has none.</summary>
    public string? OwnerSql { get; init; }

    /// <summary>The table, view or sequence that it belongs to (index, key, trigger, owned sequence, privilege, comment, …) or is.</summary>
    public TableName? Relation { get; init; }

    /// <summary>Tables that it needs besides <see cref="Relation"/>: the other side of a foreign key, the parent of a partition, what a view reads.</summary>
    public IReadOnlyList<TableName> Needs { get; init; } = [];

    /// <summary>
    /// <see cref="Key"/>s of what it needs besides tables: types, functions, the schema, an extension; for a selective restore. Tables
    /// among the needs stand in <see cref="Needs"/>.
    /// </summary>
    public IReadOnlyList<string> NeedsObjects { get; init; } = [];

    /// <summary><see cref="Name"/>, of a constraint without its table's.</summary>
    public string OwnName => Kind == "CONSTRAINT" && Relation is TableName table && Name.StartsWith(table.Name + " ", StringComparison.Ordinal) ? Name[(table.Name.Length + 1)..] : Name;

    /// <summary>What tells it from all other objects.</summary>
    public string Key => $"{Kind} {Schema}.{Name}";

    /// <summary><see cref="Key"/> without quotes, which not every reader sets alike.</summary>
    public string BareKey => Key.Replace("\"", "", StringComparison.Ordinal);
}
