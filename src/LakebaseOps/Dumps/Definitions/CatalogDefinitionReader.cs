using LakebaseOps.Dumps.Definitions.Catalog;
using LakebaseOps.Operations;
using Npgsql;

namespace LakebaseOps.Dumps.Definitions;

/// <summary>Reads a definition from the catalog alone, without another program; PostgreSQL 15 to 18.</summary>
internal sealed class CatalogDefinitionReader : IDefinitionReader
{
    /// <inheritdoc />
    public async Task<DatabaseDefinition> ReadAsync(
        NpgsqlConnection connection, string snapshot, DumpSelection selection, CancellationToken cancellationToken)
    {
        (DatabaseDefinition whole, IReadOnlyList<(string Schema, string What)> refused) =
            await ReadAsync(connection, selection, cancellationToken).ConfigureAwait(false);
        Refuse([.. refused.Where(one => IsAskedFor(one.Schema, selection)).Select(one => one.What)]);
        return DefinitionSubset.Of(whole, selection);
    }

    /// <summary>All that can be expressed, and what cannot.</summary>
    internal static async Task<(DatabaseDefinition Whole, IReadOnlyList<(string Schema, string What)> Refused)> ReadAsync(
        NpgsqlConnection connection, DumpSelection selection, CancellationToken cancellationToken)
    {
        // With no path but the server's own schema, the server qualifies every other name that it writes.
        string path = await PathAsync(connection, "pg_catalog", cancellationToken).ConfigureAwait(false);
        IReadOnlyList<DumpTable> tables = await DumpTables.ReadAsync(connection, selection, cancellationToken).ConfigureAwait(false);
        DraftReader draft = new(connection);
        await draft.ReadAsync(cancellationToken).ConfigureAwait(false);
        DependencyGraph graph = new(draft.Objects);
        await graph.ReadAsync(connection, cancellationToken).ConfigureAwait(false);
        DependencyOrder sorter = new(graph, draft.Objects);
        (List<DraftObject> order, List<DraftObject> circle) = sorter.Sort();
        if (circle.Count > 0)
            draft.Refused.Add((circle[0].Schema, $"objects that need each other in a circle ({string.Join(", ", circle)})"));
        AccessReader access = new(connection, graph);
        ILookup<DraftObject, DumpObject> comments = await access.CommentsAsync(cancellationToken).ConfigureAwait(false);
        ILookup<DraftObject, DumpObject> privileges = await access.PrivilegesAsync(cancellationToken).ConfigureAwait(false);
        List<DumpObject> defaults = await access.DefaultPrivilegesAsync(cancellationToken).ConfigureAwait(false);
        await PathAsync(connection, path, cancellationToken).ConfigureAwait(false);

        List<DumpObject> objects = [];
        foreach (DumpSection section in Enum.GetValues<DumpSection>())
        {
            // What fills materialised views and what acts by itself comes after the privileges, as both may rest on them.
            DraftObject[] made = [.. order.Where(one => one.Section == section)];
            DraftObject[] late = [.. made.Where(one => one.Kind is "MATERIALIZED VIEW DATA" or "EVENT TRIGGER")];
            foreach (DraftObject one in made.Except(late))
                objects.AddRange([Finished(one, sorter), .. comments[one]]);
            objects.AddRange(made.SelectMany(one => privileges[one]));
            if (section == DumpSection.PostData)
                objects.AddRange(defaults);
            foreach (DraftObject one in late)
                objects.AddRange([Finished(one, sorter), .. comments[one]]);
        }

        return (new DatabaseDefinition(objects, tables) { Left = draft.Left }, draft.Refused);
    }

    /// <summary>One error that names all that cannot be carried.</summary>
    internal static void Refuse(IReadOnlyList<string> what)
    {
        if (what.Count == 0)
            return;
        throw new LakebaseError(ErrorIds.DumpUnsupported, LakebaseErrorKind.InvalidState,
            $"The catalog reader has no SQL for {what.Count} of the objects: {string.Join("; ", what)}.")
        {
            Target = what[0],
            Remedy = "Use -Method PgDump where pg_dump can carry them, or choose schemas or tables that leave them out.",
        }.ToException();
    }

    private static bool IsAskedFor(string schema, DumpSelection selection) =>
        (selection.Schemas.Count == 0 && selection.Tables.Count == 0)
        || (schema.Length > 0 && selection.Tables.Count == 0 && selection.Schemas.Any(pattern => Wildcard.Matches(pattern, schema)));

    private static DumpObject Finished(DraftObject one, DependencyOrder sorter)
    {
        DraftObject[] needs = [.. sorter.Needs[one].Where(other => other != one.Real)];
        return new DumpObject(one.Section, one.Kind, one.Schema, one.Name, one.Sql())
        {
            Owner = one.Owner ?? "",
            OwnerSql = one.Owner is null || one.Owned is null ? null : $"ALTER {one.Owned} OWNER TO {TableName.Quote(one.Owner)};",
            Relation = one.Relation,
            Needs = [.. needs.Select(other => other.Relation).OfType<TableName>().Where(name => name != one.Relation).Distinct()],
            NeedsObjects = [.. needs.Where(other => other.Relation is null).Select(other => $"{other.Kind} {other.Schema}.{other.Name}")],
        };
    }

    private static async Task<string> PathAsync(NpgsqlConnection connection, string path, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new("SELECT current_setting('search_path'), set_config('search_path', $1, true)", connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = path });
        NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            return reader.GetString(0);
        }
    }
}
