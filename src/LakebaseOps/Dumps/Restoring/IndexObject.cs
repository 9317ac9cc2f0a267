using LakebaseOps.Dumps.Definitions;
using LakebaseOps.Dumps.Placing;

namespace LakebaseOps.Dumps.Restoring;

/// <summary>
/// Turns an index or key into a statement on the stage table where that is safe: the table's name is then the only place where
/// it names a schema. All others are made within the transaction that moves schemas, one at a time.
/// </summary>
internal static class IndexObject
{
    /// <summary>The statement; null where the object is none of these.</summary>
    /// <param name="one">The object.</param>
    /// <param name="placement">Where tables lie.</param>
    /// <param name="schemas">All schemas that are restored.</param>
    public static string? Sql(DumpObject one, Placement placement, IReadOnlyList<string> schemas)
    {
        if (one.Relation is not TableName table)
            return null;
        string stage = placement.Stage(table).ToSql();
        foreach (string name in Written(table))
        {
            foreach ((string before, string after) in one.Kind == "INDEX"
                ? new[] { ($" ON {name} ", "USING ") }
                : new[] { ($"ALTER TABLE ONLY {name}", "ADD CONSTRAINT "), ($"ALTER TABLE {name}", "ADD CONSTRAINT ") })
            {
                int at = one.Sql.IndexOf(before, StringComparison.Ordinal);
                if (at < 0 || (one.Kind != "INDEX" && at > 0))
                    continue;
                string head = one.Sql[..at];
                string tail = one.Sql[(at + before.Length)..];
                if (!tail.TrimStart().StartsWith(after, StringComparison.Ordinal) || schemas.Any(schema => Names(head, schema) || Names(tail, schema)))
                    continue;
                return $"{head}{before.Replace(name, stage, StringComparison.Ordinal)}{tail}";
            }
        }

        return null;
    }

    private static bool Names(string sql, string schema) =>
        sql.Contains($"{TableName.Quote(schema)}.", StringComparison.Ordinal) || sql.Contains($"{schema}.", StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<string> Written(TableName table)
    {
        foreach (string schema in new[] { table.Schema, TableName.Quote(table.Schema) })
        {
            foreach (string name in new[] { table.Name, TableName.Quote(table.Name) })
                yield return $"{schema}.{name}";
        }
    }
}
