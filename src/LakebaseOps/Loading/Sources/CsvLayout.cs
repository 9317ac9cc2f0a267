using LakebaseOps.Loading.Csv;
using LakebaseOps.Loading.Wire;

namespace LakebaseOps.Loading.Sources;

/// <summary>Which columns a CSV file fills, and from which fields: header, -Columns, -ColumnMap, -ForceNull and -ForceNotNull.</summary>
/// <param name="Columns">The columns that are loaded.</param>
/// <param name="Fields">What becomes of each field of a record.</param>
internal sealed record CsvLayout(IReadOnlyList<CopyColumn> Columns, IReadOnlyList<CsvField> Fields)
{
    // The name in a map that stands for all names that neither the map nor the table knows; in a list of columns: all.
    private const string Rest = "*";

    /// <summary>The layout of files for a table.</summary>
    /// <param name="table">The table.</param>
    /// <param name="header">Names in the files' first line; null when they have none.</param>
    /// <param name="file">Where the header is from, for the error.</param>
    /// <param name="options">The load's options.</param>
    /// <exception cref="LakebaseException">InvalidArgument: a name is no column, or occurs twice; a map without a header.</exception>
    public static CsvLayout Of(TableDefinition table, IReadOnlyList<string>? header, string file, BulkLoadOptions options)
    {
        if (options.ColumnMap is { Count: > 0 } && (header is null || options.Columns is { Count: > 0 }))
            throw Invalid("-ColumnMap maps names of a header, and here the header's names are not used.", "Leave out -ColumnMap, or -Columns and -Header.");
        IReadOnlyList<string>? names = options.Columns is { Count: > 0 } columns ? columns
            : header is null ? null
            : options.ColumnMap is { Count: > 0 } map ? Mapped(table, header, map)
            : header;
        if (names is null)
            return Forced(LoadColumns.All(table), [.. LoadColumns.All(table).Select((_, number) => number)], options);
        string[] wanted = [.. names.Where(name => name.Length > 0)];
        if (wanted.Length == 0)
            throw Invalid("No field is loaded into any column.", "Name the columns with -Columns or -ColumnMap.");
        int next = 0;
        return Forced(
            LoadColumns.Match(table, wanted, names == options.Columns ? "-Columns" : $"The header of {file}"),
            [.. names.Select(name => name.Length > 0 ? next++ : -1)],
            options);
    }

    /// <summary>The column's name for each field; empty for one that is left out.</summary>
    private static string[] Mapped(TableDefinition table, IReadOnlyList<string> header, IReadOnlyDictionary<string, string?> map)
    {
        if (map.Keys.FirstOrDefault(name => name != Rest && !header.Contains(name, StringComparer.OrdinalIgnoreCase)) is { } unknown)
        {
            throw Invalid($"-ColumnMap maps the field '{unknown}', which the header does not have.",
                $"Its fields are {string.Join(", ", header)}.");
        }

        return [.. header.Select(Target)];

        string Target(string name)
        {
            string? known = map.Keys.FirstOrDefault(key => key == name)
                ?? map.Keys.FirstOrDefault(key => key != Rest && string.Equals(key, name, StringComparison.OrdinalIgnoreCase));
            if (known is not null)
                return map[known] ?? "";
            bool isColumn = table.Columns.Any(column => string.Equals(column.Name, name, StringComparison.OrdinalIgnoreCase));
            return map.TryGetValue(Rest, out string? rest) && !isColumn ? rest ?? "" : name;
        }
    }

    private static CsvLayout Forced(IReadOnlyList<CopyColumn> columns, IReadOnlyList<int> targets, BulkLoadOptions options)
    {
        HashSet<CopyColumn> nulls = Named(columns, options.ForceNull, "-ForceNull");
        HashSet<CopyColumn> texts = Named(columns, options.ForceNotNull, "-ForceNotNull");
        return new CsvLayout(columns, [.. targets.Select(target => target < 0
            ? new CsvField(target)
            : new CsvField(target, nulls.Contains(columns[target]), texts.Contains(columns[target])))]);
    }

    private static HashSet<CopyColumn> Named(IReadOnlyList<CopyColumn> columns, IReadOnlyList<string>? names, string option)
    {
        HashSet<CopyColumn> named = [];
        foreach (string name in names ?? [])
        {
            CopyColumn[] found =
            [
                .. columns.Where(column => name == Rest || column.Name == name),
                .. columns.Where(column => string.Equals(column.Name, name, StringComparison.OrdinalIgnoreCase)),
            ];
            if (found.Length == 0)
                throw Invalid($"{option} names '{name}', which is no loaded column.", $"Loaded are {string.Join(", ", columns.Select(column => column.Name))}.");
            named.UnionWith(name == Rest ? found : found.Take(1));
        }

        return named;
    }

    private static LakebaseException Invalid(string message, string remedy) =>
        new LakebaseError(ErrorIds.InvalidArgument, LakebaseErrorKind.InvalidArgument, message) { Remedy = remedy }.ToException();
}
