using System.Text.RegularExpressions;
using LakebaseOps.Operations;
using Npgsql;

namespace LakebaseOps.Schemas;

/// <summary>Turns names with wildcards into tables.</summary>
public static partial class TableSelection
{
    /// <summary>
    /// The tables that names mean, each once, in the order given. A name with wildcards stands for the tables it matches,
    /// without the stage and previous tables of loads; one that matches nothing stands for itself, so that its absence is
    /// noticed like that of any other name.
    /// </summary>
    public static async Task<IReadOnlyList<TableName>> ResolveAsync(
        NpgsqlConnection connection, IEnumerable<string> names, CancellationToken cancellationToken)
    {
        List<TableName> tables = [];
        foreach (TableName name in names.Select(text => TableName.Parse(text)))
        {
            if (!Wildcard.IsPattern(name.Schema) && !Wildcard.IsPattern(name.Name))
            {
                tables.Add(name);
                continue;
            }

            TableName[] found = [.. (await TableCatalog
                .ListAsync(connection, name.Schema, name.Name, cancellationToken).ConfigureAwait(false))
                .Select(table => table.Name)
                .Where(table => !OfLoad().IsMatch(table.Name))];
            tables.AddRange(found.Length == 0 ? [name] : found);
        }

        return [.. tables.Distinct()];
    }

    [GeneratedRegex("__(stg|old)_[0-9a-f]{10}$")]
    private static partial Regex OfLoad();
}
