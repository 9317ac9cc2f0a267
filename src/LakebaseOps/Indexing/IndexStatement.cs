using System.Text;

namespace LakebaseOps.Indexing;

/// <summary>The SQL that makes an index.</summary>
internal static class IndexStatement
{
    /// <summary>CREATE INDEX without its final clause turned into a constraint.</summary>
    public static string Create(TableName table, IndexDefinition wanted, string name, bool concurrently) =>
        Create(table.ToSql(), wanted, name, concurrently);

    /// <summary>The same on a table given as SQL.</summary>
    public static string Create(string table, IndexDefinition wanted, string name, bool concurrently) =>
        $"CREATE {(IsUnique(wanted) ? "UNIQUE " : "")}INDEX {(concurrently ? "CONCURRENTLY " : "")}{TableName.Quote(name)} ON {table} {Clause(wanted)}";

    /// <summary>Turns a unique index into a primary key or a unique constraint of the index's own name; else null.</summary>
    public static string? Attach(TableName table, IndexDefinition wanted, string name) => !IsConstraint(wanted)
        ? null
        : $"ALTER TABLE {table.ToSql()} ADD CONSTRAINT {TableName.Quote(name)} "
            + $"{(wanted.IsPrimary ? "PRIMARY KEY" : "UNIQUE")} USING INDEX {TableName.Quote(name)}";

    /// <summary>DROP INDEX.</summary>
    public static string Drop(TableName table, string name, bool concurrently) =>
        $"DROP INDEX {(concurrently ? "CONCURRENTLY " : "")}{new TableName(table.Schema, name).ToSql()}";

    /// <summary>REINDEX INDEX.</summary>
    public static string Reindex(TableName table, string name, bool concurrently) =>
        $"REINDEX INDEX {(concurrently ? "CONCURRENTLY " : "")}{new TableName(table.Schema, name).ToSql()}";

    /// <summary>True when duplicates are refused.</summary>
    public static bool IsUnique(IndexDefinition wanted) => wanted.IsUnique || wanted.IsPrimary;

    /// <summary>True when the index is to back a primary key or a unique constraint.</summary>
    public static bool IsConstraint(IndexDefinition wanted) =>
        wanted.IsPrimary || (wanted.IsUnique && !string.IsNullOrEmpty(wanted.Constraint));

    private static string Clause(IndexDefinition wanted)
    {
        if (wanted.Clause is not null)
            return wanted.Clause;
        StringBuilder clause = new($"USING {TableName.Quote(wanted.Method)} ({string.Join(", ", wanted.Keys)})");
        if (wanted.Include.Count > 0)
            clause.Append($" INCLUDE ({string.Join(", ", wanted.Include)})");
        if (wanted.Predicate is not null)
            clause.Append($" WHERE {wanted.Predicate}");
        return clause.ToString();
    }
}
