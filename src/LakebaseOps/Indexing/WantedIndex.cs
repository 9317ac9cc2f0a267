using System.Text.RegularExpressions;
using Npgsql;

namespace LakebaseOps.Indexing;

/// <summary>An index that a table is to have.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Definition">Its shape.</param>
/// <param name="NameMatters">False when an equal index of another name will do.</param>
internal sealed partial record WantedIndex(string Name, IndexDefinition Definition, bool NameMatters)
{
    /// <summary>What the options want of a table.</summary>
    public static async Task<IReadOnlyList<WantedIndex>> ListAsync(
        NpgsqlConnection connection, TableName table, TableDefinition? definition, BuildIndexOptions options,
        CancellationToken cancellationToken)
    {
        if (definition is not null)
            return [.. definition.Indexes.Select(index => Of(table, index))];
        if (options.Columns is { Count: > 0 } columns)
        {
            IndexDefinition one = new()
            {
                Name = options.Name ?? "",
                Keys = [.. columns.Select(TableName.Quote)],
                Include = [.. (options.Include ?? []).Select(TableName.Quote)],
                IsUnique = options.Unique || options.PrimaryKey,
                IsPrimary = options.PrimaryKey,
            };
            return [Of(table, one) with { NameMatters = options.Name is not null }];
        }

        uint oid = await ExistingIndex.TableOidAsync(connection, table, cancellationToken).ConfigureAwait(false);
        return [.. (await ExistingIndex.ListAsync(connection, oid, cancellationToken).ConfigureAwait(false)).Where(index => !index.IsTwin).Select(Of)];
    }

    private static WantedIndex Of(TableName table, IndexDefinition index)
    {
        string suffix = index.IsPrimary ? "pkey" : index.IsUnique ? "key" : "idx";
        // The columns alone make the name, without DESC, operator classes and quotes.
        IEnumerable<string> columns = index.IsPrimary ? [] : index.Keys.Select(key => FirstName().Match(key).Value);
        return new WantedIndex(
            index.Name.Length > 0 ? index.Name : IndexName.For(table, columns, suffix), index, NameMatters: false);
    }

    private static WantedIndex Of(ExistingIndex index) => new(
        index.Name,
        new IndexDefinition
        {
            Name = index.Name,
            Clause = index.Clause,
            IsUnique = index.IsUnique,
            IsPrimary = index.IsPrimary,
            Constraint = index.Constraint,
            IsValid = index.IsValid,
            SizeBytes = index.SizeBytes,
        },
        NameMatters: true);

    [GeneratedRegex("^(\"([^\"]|\"\")+\"|[^ ]+)")]
    private static partial Regex FirstName();
}
