namespace LakebaseOps.Schemas;

/// <summary>
/// Finds what sets a table apart from a wanted one. Both sides come from the catalog, so the server's own spelling decides;
/// names that DDL leaves to the server, and foreign keys, are taken from the DDL's side.
/// </summary>
internal static class TableDifference
{
    /// <summary>The differences, one sentence part each; empty when the tables are equal.</summary>
    /// <param name="asked">The definition that was asked for.</param>
    /// <param name="wanted">The same as the server reads it, without foreign keys.</param>
    /// <param name="actual">The table that exists.</param>
    public static IReadOnlyList<string> Between(TableDefinition asked, TableDefinition wanted, TableDefinition actual) =>
    [
        .. Columns(wanted, actual),
        .. Sets("constraint", Constraints(asked, wanted), Constraints(asked, actual)),
        .. Sets("foreign key", ForeignKeys(asked, asked), ForeignKeys(asked, actual)),
        .. Sets("index", Indexes(asked, wanted), Indexes(asked, actual)),
        .. Sets("storage setting", wanted.StorageSettings, actual.StorageSettings),
        .. actual.Indexes.Where(index => !index.IsValid).Select(index => $"index '{index.Name}' is not valid"),
        .. asked.Comment is not null && asked.Comment != actual.Comment ? ["its comment is another"] : Array.Empty<string>(),
    ];

    private static IEnumerable<string> Columns(TableDefinition wanted, TableDefinition actual)
    {
        foreach (ColumnDefinition column in wanted.Columns)
        {
            ColumnDefinition? found = actual.Columns.FirstOrDefault(other => other.Name == column.Name);
            if (found is null)
                yield return $"column '{column.Name}' is missing";
            else if (found.Type != column.Type)
                yield return $"column '{column.Name}' is {found.Type}, not {column.Type}";
            else if (found.NotNull != column.NotNull)
                yield return $"column '{column.Name}' is {(found.NotNull ? "NOT NULL" : "nullable")}";
            else if (column.Comment is not null && found.Comment != column.Comment)
                yield return $"column '{column.Name}' has another comment";
            else if (found with { Comment = null } != column with { Comment = null })
                yield return $"column '{column.Name}' has another default, identity, generation or collation";
        }

        foreach (ColumnDefinition extra in actual.Columns.Where(column => wanted.Columns.All(other => other.Name != column.Name)))
            yield return $"column '{extra.Name}' is one too many";
        string[] common = [.. wanted.Columns.Select(column => column.Name)];
        if (actual.Columns.Count == common.Length && !actual.Columns.Select(column => column.Name).SequenceEqual(common)
            && actual.Columns.All(column => common.Contains(column.Name)))
            yield return "the columns have another order";
    }

    private static IEnumerable<string> Constraints(TableDefinition asked, TableDefinition table) => table.Constraints
        .Where(constraint => constraint.Kind != "foreign key")
        .Select(constraint => Named(asked.Constraints.Any(one => one.Name == constraint.Name), constraint.Name, constraint.Definition));

    private static IEnumerable<string> Indexes(TableDefinition asked, TableDefinition table) => table.Indexes
        .Where(index => index.Constraint is null)
        .Select(index => Named(
            asked.Indexes.Any(one => one.Name == index.Name), index.Name, $"{(index.IsUnique ? "UNIQUE " : "")}{index.Clause}"));

    private static IEnumerable<string> ForeignKeys(TableDefinition asked, TableDefinition table)
    {
        HashSet<string> wanted = [.. Keys(asked).Select(key => ConstraintParser.Canonical(key.Definition, withColumns: true))];
        foreach (ConstraintDefinition key in Keys(table))
        {
            bool isValid = !key.Definition.EndsWith(" NOT VALID", StringComparison.Ordinal);
            string shape = isValid ? ConstraintParser.Canonical(key.Definition, withColumns: true) : key.Definition;
            // Where the DDL leaves out the columns referred to, the catalog still names them.
            if (isValid && !wanted.Contains(shape) && ConstraintParser.Canonical(key.Definition, withColumns: false) is var bare
                && wanted.Contains(bare))
                shape = bare;
            yield return Named(asked.Constraints.Any(one => one.Name == key.Name), key.Name, shape);
        }
    }

    private static IEnumerable<ConstraintDefinition> Keys(TableDefinition table) =>
        table.Constraints.Where(constraint => constraint.Kind == "foreign key");

    private static string Named(bool isAskedFor, string name, string definition) =>
        isAskedFor && name.Length > 0 ? $"'{name}' {definition}" : definition;

    private static IEnumerable<string> Sets(string what, IEnumerable<string> wanted, IEnumerable<string> actual)
    {
        List<string> surplus = [.. actual];
        foreach (string one in wanted)
        {
            if (!surplus.Remove(one))
                yield return $"{what} {one} is missing";
        }

        foreach (string one in surplus)
            yield return $"{what} {one} is one too many";
    }
}
