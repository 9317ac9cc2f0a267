using LakebaseOps.Schemas;
using Npgsql;

namespace LakebaseOps.Serving;

/// <summary>Turns the options of a feature command into tables of the catalog with their entities.</summary>
/// <param name="Entities">Names of the entities, in the order of a request's keys.</param>
/// <param name="Tables">The tables.</param>
/// <param name="Requests">The kinds of requests; none means all tables every time.</param>
/// <param name="SlaP99Ms">The workload's service level.</param>
internal sealed record FeatureSelection(
    IReadOnlyList<string> Entities, IReadOnlyList<SelectedTable> Tables, IReadOnlyList<WorkloadRequest> Requests, double? SlaP99Ms)
{
    /// <summary>What options mean on a server.</summary>
    /// <exception cref="LakebaseException">ObjectNotFound, InvalidArgument, FileNotFound, WorkloadInvalid.</exception>
    public static async Task<FeatureSelection> ReadAsync(
        NpgsqlConnection connection, FeatureOptions options, CancellationToken cancellationToken)
    {
        if (options.Workload is not null)
        {
            LakebaseWorkload workload = await WorkloadFile.ResolveAsync(options.Workload, cancellationToken).ConfigureAwait(false);
            return await OfWorkloadAsync(connection, workload, options, cancellationToken).ConfigureAwait(false);
        }

        if (options.Table.Count == 0)
            throw Invalid(null, "No table was named.", "Give -Table or -Workload.");
        string[] entities = options.Entity.Count > 0 ? [.. options.Entity.Distinct(StringComparer.Ordinal)] : [""];
        List<SelectedTable> tables = [];
        foreach (string text in options.Table)
        {
            tables.AddRange((await FindAsync(connection, text, cancellationToken).ConfigureAwait(false))
                .Select(table => new SelectedTable(table, EntityOf(table.Name, entities), options.KeyColumn)));
        }

        return new FeatureSelection(entities, tables, [], null);
    }

    private static async Task<FeatureSelection> OfWorkloadAsync(
        NpgsqlConnection connection, LakebaseWorkload workload, FeatureOptions options, CancellationToken cancellationToken)
    {
        foreach (string name in options.Entity)
        {
            if (!workload.Entities.Any(entity => entity.Name == name))
                throw Invalid(name, $"The workload '{workload.Name}' has no entity '{name}'.", $"Its entities are: {string.Join(", ", workload.Entities.Select(entity => entity.Name))}.");
        }

        bool Wanted(string table) => options.Table.Count == 0 || options.Table.Any(pattern => WorkloadChecks.Matches(pattern, table));
        WorkloadEntity[] entities =
        [
            .. workload.Entities.Where(entity => (options.Entity.Count == 0 || options.Entity.Contains(entity.Name)) && entity.Tables.Any(Wanted)),
        ];
        if (entities.Length == 0)
            throw Invalid(string.Join(", ", options.Table), $"The workload '{workload.Name}' has no table that -Table matches.", "Name tables of the workload, or leave -Table out.");
        List<SelectedTable> tables = [];
        for (int entity = 0; entity < entities.Length; entity++)
        {
            foreach (string table in entities[entity].Tables.Where(Wanted))
            {
                tables.Add(new SelectedTable(
                    await TableCatalog.ReadAsync(connection, TableName.Parse(table), cancellationToken).ConfigureAwait(false),
                    entity, options.KeyColumn ?? entities[entity].KeyColumn));
            }
        }

        return new FeatureSelection([.. entities.Select(entity => entity.Name)], tables, workload.Requests, workload.SlaP99Ms);
    }

    private static async Task<IReadOnlyList<TableDefinition>> FindAsync(
        NpgsqlConnection connection, string text, CancellationToken cancellationToken)
    {
        TableName name = TableName.Parse(text);
        if (!Operations.Wildcard.IsPattern(name.Schema) && !Operations.Wildcard.IsPattern(name.Name))
            return [await TableCatalog.ReadAsync(connection, name, cancellationToken).ConfigureAwait(false)];
        IReadOnlyList<TableDefinition> matching = await TableCatalog
            .ListAsync(connection, name.Schema, name.Name, cancellationToken).ConfigureAwait(false);
        return matching.Count > 0
            ? matching
            : throw new LakebaseError(ErrorIds.ObjectNotFound, LakebaseErrorKind.NotFound,
                $"No table matches '{text}' in database '{connection.Database}'.")
            { Target = text, Remedy = "Get-LakebaseTable lists the tables there are." }.ToException();
    }

    private static int EntityOf(TableName table, string[] entities)
    {
        int best = -1;
        for (int entity = 0; entity < entities.Length; entity++)
        {
            if (table.Name.Contains(entities[entity], StringComparison.Ordinal)
                && (best < 0 || entities[entity].Length > entities[best].Length))
                best = entity;
        }

        return best >= 0
            ? best
            : throw Invalid(table.ToString(), $"The table {table} belongs to none of the entities {string.Join(", ", entities)}.",
                "Name every entity with -Entity; its name must occur in the names of its tables.");
    }

    private static LakebaseException Invalid(string? target, string message, string remedy) =>
        new LakebaseError(ErrorIds.InvalidArgument, LakebaseErrorKind.InvalidArgument, message)
        { Target = target, Remedy = remedy }.ToException();
}

/// <summary>A table that was asked for.</summary>
/// <param name="Definition">The table.</param>
/// <param name="Entity">Index of its entity.</param>
/// <param name="KeyColumn">Column that holds the key; its primary key when null.</param>
internal sealed record SelectedTable(TableDefinition Definition, int Entity, string? KeyColumn);
