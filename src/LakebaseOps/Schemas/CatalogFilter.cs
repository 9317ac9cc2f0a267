using LakebaseOps.Operations;

namespace LakebaseOps.Schemas;

/// <summary>Which tables to read: an SQL condition over pg_namespace n and pg_class c, with $1 and $2 for it.</summary>
/// <param name="Condition">The condition.</param>
/// <param name="Schema">Value of $1.</param>
/// <param name="Name">Value of $2.</param>
internal sealed record CatalogFilter(string Condition, string Schema, string Name)
{
    private const string NotTheServersOwn =
        "n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname LIKE $1";

    /// <summary>The one table of that name.</summary>
    public static CatalogFilter Exactly(TableName table) => new("n.nspname = $1 AND c.relname = $2", table.Schema, table.Name);

    /// <summary>Tables by patterns; null matches all.</summary>
    public static CatalogFilter Matching(string? schema, string? name) => new(
        $"{(schema is null ? NotTheServersOwn : Match("n.nspname", "$1", schema))} AND {Match("c.relname", "$2", name ?? "*")}",
        schema is null ? "%" : Value(schema),
        Value(name ?? "*"));

    private static string Match(string column, string parameter, string pattern) =>
        Wildcard.IsPattern(pattern) ? $"{column} ILIKE {parameter}" : $"{column} = {parameter}";

    private static string Value(string pattern) => !Wildcard.IsPattern(pattern) ? pattern : pattern
        .Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace("%", "\\%", StringComparison.Ordinal)
        .Replace("_", "\\_", StringComparison.Ordinal)
        .Replace('*', '%')
        .Replace('?', '_');
}
