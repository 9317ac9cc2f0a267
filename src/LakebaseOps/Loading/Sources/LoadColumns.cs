using LakebaseOps.Loading.Wire;

namespace LakebaseOps.Loading.Sources;

/// <summary>Finds out which column each field of the input is.</summary>
internal static class LoadColumns
{
    /// <summary>The columns that a load may write: all but generated ones.</summary>
    public static IReadOnlyList<CopyColumn> All(TableDefinition table) =>
        [.. table.Columns.Where(column => !column.IsGenerated).Select(column => new CopyColumn(column.Name, column.Type) { IsRequired = column.NotNull })];

    /// <summary>The columns of names, in the names' order. A name fits exactly or, if that is unambiguous, but for its case.</summary>
    /// <param name="table">The table.</param>
    /// <param name="names">Names from a header, -Columns or properties.</param>
    /// <param name="from">Where the names are from, for the error.</param>
    /// <exception cref="LakebaseException">InvalidArgument: a name is no column, or occurs twice.</exception>
    public static IReadOnlyList<CopyColumn> Match(TableDefinition table, IReadOnlyList<string> names, string from)
    {
        IReadOnlyList<CopyColumn> all = All(table);
        List<CopyColumn> columns = [];
        foreach (string name in names)
        {
            CopyColumn[] similar = [.. all.Where(column => string.Equals(column.Name, name, StringComparison.OrdinalIgnoreCase))];
            CopyColumn? found = similar.FirstOrDefault(column => column.Name == name) ?? (similar.Length == 1 ? similar[0] : null);
            if (found is null || columns.Contains(found))
            {
                string reason = found is not null ? "twice" : table.Columns.Any(column => column.IsGenerated && column.Name == name)
                    ? "which the server generates" : "which the table does not have";
                throw new LakebaseError(ErrorIds.InvalidArgument, LakebaseErrorKind.InvalidArgument,
                    $"{from} names the column '{name}' of {table.Name}, {reason}.")
                {
                    Target = table.Table,
                    Remedy = $"Its columns are {string.Join(", ", all.Select(column => column.Name))}; -Columns and -Header say what the fields are.",
                }.ToException();
            }

            columns.Add(found);
        }

        return columns;
    }
}
