using LakebaseOps.Connections;
using LakebaseOps.Dumps.Definitions.Catalog;
using Npgsql;

namespace LakebaseOps.Dumps.Definitions;

/// <summary>
/// Reads a definition by pg_dump of this machine. Values of sequences, contents of materialised views and what belongs to what, which
/// pg_dump's text of a schema does not say, come from the catalog.
/// </summary>
internal sealed class PgDumpDefinitionReader(PostgresSession session) : IDefinitionReader
{
    /// <inheritdoc />
    public async Task<DatabaseDefinition> ReadAsync(
        NpgsqlConnection connection, string snapshot, DumpSelection selection, CancellationToken cancellationToken)
    {
        string program = await PgDumpProgram.FindAsync(session.ServerVersion.Major, cancellationToken).ConfigureAwait(false);
        (DatabaseDefinition catalog, IReadOnlyList<(string Schema, string What)> refused) =
            await CatalogDefinitionReader.ReadAsync(connection, selection, cancellationToken).ConfigureAwait(false);
        // All else that the catalog reader has no SQL for is pg_dump's own trade.
        if (selection.Schemas.Count == 0 && selection.Tables.Count == 0)
            CatalogDefinitionReader.Refuse([.. refused.Select(one => one.What).Where(what => what.Contains(" large object", StringComparison.Ordinal))]);

        string? password = session.Secrets is null ? null : await session.Secrets.RevealAsync(cancellationToken).ConfigureAwait(false);
        List<DumpObject> objects = [];
        foreach ((DumpSection section, string name) in new[] { (DumpSection.PreData, "pre-data"), (DumpSection.PostData, "post-data") })
        {
            string text = await PgDumpProgram.DumpAsync(program, session, connection, password, snapshot, name, cancellationToken).ConfigureAwait(false);
            objects.AddRange(PgDumpText.Read(text, section));
        }

        ILookup<string, DumpObject> known = catalog.Objects.ToLookup(one => one.BareKey, StringComparer.Ordinal);
        ILookup<string, TableName> relations = catalog.Objects.Select(one => one.Relation).OfType<TableName>().Distinct().ToLookup(name => name.Schema);
        int post = objects.FindIndex(one => one.Section == DumpSection.PostData);
        objects.InsertRange(post < 0 ? objects.Count : post, catalog.Objects.Where(one => one.Kind == "SEQUENCE SET"));
        objects.AddRange(catalog.Objects.Where(one => one.Kind == "MATERIALIZED VIEW DATA"));
        return DefinitionSubset.Of(
            new DatabaseDefinition([.. objects.Select(one => Related(one, known, relations))], catalog.Tables)
            {
                Left = [.. catalog.Left.Where(line => !line.StartsWith(OtherParts.DependenceOf, StringComparison.Ordinal))],
            },
            selection);
    }

    private static DumpObject Related(DumpObject one, ILookup<string, DumpObject> known, ILookup<string, TableName> relations)
    {
        if (known[one.BareKey].FirstOrDefault() is DumpObject same)
            return one with { Relation = same.Relation, Needs = same.Needs, NeedsObjects = same.NeedsObjects };
        // Behind its table's name, as a default or a check that the catalog reader writes into the table.
        return one with
        {
            Relation = one.Kind is "FOREIGN TABLE" ? new TableName(one.Schema, one.Name)
                : relations[one.Schema].Where(name => one.Name.StartsWith(name.Name + " ", StringComparison.Ordinal)).MaxBy(name => name.Name.Length),
        };
    }
}
