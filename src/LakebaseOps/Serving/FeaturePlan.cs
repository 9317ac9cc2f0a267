using LakebaseOps.Schemas;
using Npgsql;

namespace LakebaseOps.Serving;

/// <summary>
/// What a feature request reads, taken from the live catalog: tables in name order, each with its columns and its
/// entity. Every mode's statements, the function of mode Rpc and the check of its age all derive from it.
/// </summary>
internal sealed class FeaturePlan
{
    private FeaturePlan(IReadOnlyList<FeatureEntity> entities, IReadOnlyList<FeatureTable> tables)
    {
        Entities = entities;
        Tables = tables;
        Whole = new FeatureRequest("", 1, tables);
        Requests = [Whole];
        Cells = tables.Sum(table => table.Columns.Count);
    }

    /// <summary>Entities, in the order of a request's keys.</summary>
    public IReadOnlyList<FeatureEntity> Entities { get; }

    /// <summary>Tables by schema and name, whatever order they were asked for in.</summary>
    public IReadOnlyList<FeatureTable> Tables { get; }

    /// <summary>The request that reads every table.</summary>
    public FeatureRequest Whole { get; }

    /// <summary>The kinds of requests that are sent.</summary>
    public IReadOnlyList<FeatureRequest> Requests { get; }

    /// <summary>Cells of a whole response.</summary>
    public int Cells { get; }

    /// <summary>The plan of the tables an options record means.</summary>
    /// <exception cref="LakebaseException">ObjectNotFound, InvalidArgument, KeyColumnMissing, KeyInvalid.</exception>
    public static async Task<FeaturePlan> ReadAsync(
        NpgsqlConnection connection, FeatureOptions options, CancellationToken cancellationToken)
    {
        FeatureOptions resolved = FeatureTables.Resolve(options);
        IReadOnlyList<TableDefinition> found = await FindAsync(connection, resolved,
            cancellationToken).ConfigureAwait(false);
        return Create(found, resolved);
    }

    /// <summary>The plan of tables already read from a catalog.</summary>
    public static FeaturePlan Create(IEnumerable<TableDefinition> definitions, FeatureOptions options)
    {
        TableDefinition[] sorted =
        [
            .. definitions.DistinctBy(table => table.Name)
                .OrderBy(table => table.Name.Schema, StringComparer.Ordinal).ThenBy(table => table.Name.Name,
                    StringComparer.Ordinal),
        ];
        string[] names = options.Entity.Count > 0 ? [.. options.Entity.Distinct(StringComparer.Ordinal)] : [""];
        List<FeatureTable> tables = [];
        KeyKind?[] kinds = new KeyKind?[names.Length];
        int cells = 0;
        foreach (TableDefinition definition in sorted)
        {
            int entity = EntityOf(definition.Name, names);
            FeatureTable table = new(definition.Name, entity, Columns(definition,
                options.KeyColumn)) { Index = tables.Count, FirstCell = cells };
            cells += table.Columns.Count;
            KeyKind kind = Keys.KindOf(table.Key, table.Name);
            if ((kinds[entity] ??= kind) != kind)
            {
                throw new LakebaseError(ErrorIds.KeyInvalid, LakebaseErrorKind.InvalidArgument,
                    $"The key of {table.Name} is of type {Keys.SqlType(kind)}, that of other tables of the same entity {Keys.SqlType(kinds[entity]!.Value)}.")
                { Target = table.Name.ToString(),
                    Remedy = "Ask for tables of one key type, or separate them with -Entity." }.ToException();
            }

            tables.Add(table);
        }

        for (int entity = 0; entity < names.Length; entity++)
        {
            if (kinds[entity] is null)
                throw Invalid(names[entity], $"No table asked for belongs to the entity '{names[entity]}'.",
                    "An entity's name must occur in the names of its tables.");
        }

        return new FeaturePlan([.. names.Select((name, index) => new FeatureEntity(name, kinds[index]!.Value))],
            tables);
    }

    /// <summary>The keys of a request, in the order of <see cref="Entities"/>, from text by entity name.</summary>
    /// <exception cref="LakebaseException">InvalidArgument, KeyInvalid.</exception>
    public object[] ParseKeys(IReadOnlyDictionary<string, string> keys)
    {
        foreach (string name in keys.Keys)
        {
            if (!Entities.Any(entity => string.Equals(entity.Name, name, StringComparison.OrdinalIgnoreCase)))
                throw Invalid(name, $"The request has no entity '{name}'.", $"Its entities are: {string.Join(", ", Entities.Select(entity => entity.Name))}.");
        }

        return
        [
            .. Entities.Select(entity =>
            {
                string? text = keys.FirstOrDefault(pair => string.Equals(pair.Key, entity.Name,
                    StringComparison.OrdinalIgnoreCase)).Value;
                return text is not null
                    ? Keys.Parse(entity.Keys, text)
                    : throw Invalid(entity.Name, $"The request gives no key for the entity '{entity.Name}'.",
                        "Give one key for each entity.");
            }),
        ];
    }

    private static async Task<IReadOnlyList<TableDefinition>> FindAsync(
        NpgsqlConnection connection, FeatureOptions options, CancellationToken cancellationToken)
    {
        if (options.Table.Count == 0)
            throw Invalid(null, "No table was named.", "Give -Table or -Workload.");
        List<TableDefinition> found = [];
        foreach (string text in options.Table)
        {
            TableName name = TableName.Parse(text);
            if (name.Schema.AsSpan().IndexOfAny('*', '?') < 0 && name.Name.AsSpan().IndexOfAny('*', '?') < 0)
            {
                found.Add(await TableCatalog.ReadAsync(connection, name, cancellationToken).ConfigureAwait(false));
                continue;
            }

            IReadOnlyList<TableDefinition> matching =
                await TableCatalog.ListAsync(connection, name.Schema, name.Name,
                    cancellationToken).ConfigureAwait(false);
            if (matching.Count == 0)
            {
                throw new LakebaseError(ErrorIds.ObjectNotFound, LakebaseErrorKind.NotFound,
                    $"No table matches '{text}' in database '{connection.Database}'.")
                { Target = text, Remedy = "Get-LakebaseTable lists the tables there are." }.ToException();
            }

            found.AddRange(matching);
        }

        return found;
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

    private static List<FeatureColumn> Columns(TableDefinition table, string? keyColumn)
    {
        ColumnDefinition? key = keyColumn is not null
            ? table.Columns.FirstOrDefault(column => column.Name == keyColumn)
            : table.PrimaryKey is { Keys: [string only] }
                ? table.Columns.FirstOrDefault(column => column.Name == only || TableName.Quote(column.Name) == only)
                : null;
        if (key is null)
        {
            throw new LakebaseError(ErrorIds.KeyColumnMissing, LakebaseErrorKind.InvalidArgument,
                keyColumn is null ? $"{table.Name} has no primary key of one column."
                    : $"{table.Name} has no column '{keyColumn}'.")
            { Target = table.Name.ToString(),
                Remedy = "Name the column that holds the key with -KeyColumn." }.ToException();
        }

        return [FeatureColumn.Of(key), .. table.Columns.Where(column => column != key).Select(FeatureColumn.Of)];
    }

    private static LakebaseException Invalid(string? target, string message, string remedy) =>
        new LakebaseError(ErrorIds.InvalidArgument, LakebaseErrorKind.InvalidArgument, message) { Target = target,
            Remedy = remedy }.ToException();
}
