using Npgsql;

namespace LakebaseOps.Serving;

/// <summary>
/// What feature requests read, taken from the live catalog: tables in name order, each with its columns and its
/// entity. Every mode's statements, the function of mode Rpc and the check of its age all derive from it.
/// </summary>
internal sealed class FeaturePlan
{
    private FeaturePlan(IReadOnlyList<FeatureEntity> entities, IReadOnlyList<FeatureTable> tables, FeatureSelection selection)
    {
        Entities = entities;
        Tables = tables;
        Whole = new FeatureRequest("", 1, tables);
        Requests = Kinds(selection, tables, Whole);
        SlaP99Ms = selection.SlaP99Ms;
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

    /// <summary>The service level of the workload it was made from, as p99 in milliseconds.</summary>
    public double? SlaP99Ms { get; }

    /// <summary>Cells of a whole response.</summary>
    public int Cells { get; }

    /// <summary>The plan of the tables an options record means.</summary>
    /// <exception cref="LakebaseException">ObjectNotFound, InvalidArgument, FileNotFound, WorkloadInvalid, KeyColumnMissing,
    /// KeyInvalid.</exception>
    public static async Task<FeaturePlan> ReadAsync(
        NpgsqlConnection connection, FeatureOptions options, CancellationToken cancellationToken) =>
        Create(await FeatureSelection.ReadAsync(connection, options, cancellationToken).ConfigureAwait(false));

    /// <summary>The keys of a request, in the order of <see cref="Entities"/>.</summary>
    /// <exception cref="LakebaseException">InvalidArgument, KeyInvalid.</exception>
    public object[] ParseKeys(FeatureKey key)
    {
        if (key.ByEntity is not { } keys)
        {
            return Entities.Count == 1
                ? [Keys.Parse(Entities[0].Keys, key.Text!)]
                : throw Invalid(key.Text, $"A request has {Entities.Count} entities and needs a key for each.",
                    $"Give -Key @{{{string.Join("; ", Entities.Select(entity => $"'{entity.Name}' = …"))}}}.");
        }

        foreach (string name in key.PassesOthersOver ? [] : keys.Keys)
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

    /// <summary>The plan of tables already chosen.</summary>
    /// <exception cref="LakebaseException">InvalidArgument, KeyColumnMissing, KeyInvalid.</exception>
    public static FeaturePlan Create(FeatureSelection selection)
    {
        List<FeatureTable> tables = [];
        KeyKind?[] kinds = new KeyKind?[selection.Entities.Count];
        int cells = 0;
        foreach (SelectedTable selected in selection.Tables.DistinctBy(table => table.Definition.Name)
            .OrderBy(table => table.Definition.Name.Schema, StringComparer.Ordinal)
            .ThenBy(table => table.Definition.Name.Name, StringComparer.Ordinal))
        {
            int entity = selected.Entity;
            FeatureTable table = new(selected.Definition.Name, entity, Columns(selected.Definition, selected.KeyColumn))
            { Index = tables.Count, FirstCell = cells };
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

        for (int entity = 0; entity < kinds.Length; entity++)
        {
            if (kinds[entity] is null)
                throw Invalid(selection.Entities[entity], $"No table asked for belongs to the entity '{selection.Entities[entity]}'.",
                    "An entity's name must occur in the names of its tables.");
        }

        return new FeaturePlan(
            [.. selection.Entities.Select((name, index) => new FeatureEntity(name, kinds[index]!.Value))], tables, selection);
    }

    /// <summary>The single column of a table's primary key, or null.</summary>
    public static ColumnDefinition? KeyOf(TableDefinition table) => table.PrimaryKey is { Keys: [string only] }
        ? table.Columns.FirstOrDefault(column => column.Name == only || TableName.Quote(column.Name) == only)
        : null;

    // A kind of which -Table and -Entity left nothing over is not sent.
    private static IReadOnlyList<FeatureRequest> Kinds(
        FeatureSelection selection, IReadOnlyList<FeatureTable> tables, FeatureRequest whole)
    {
        FeatureRequest[] kinds =
        [
            .. selection.Requests.Select(request => new FeatureRequest(request.Name, request.Weight,
                [
                    .. tables.Where(table =>
                        (request.Entities.Count == 0 || request.Entities.Contains(selection.Entities[table.Entity], StringComparer.OrdinalIgnoreCase))
                        && (request.Tables.Count == 0 || request.Tables.Any(pattern => WorkloadChecks.Matches(pattern, table.Name.ToString())))),
                ]))
                .Where(request => request.Tables.Count > 0),
        ];
        return kinds.Length > 0 ? kinds : [whole];
    }

    private static List<FeatureColumn> Columns(TableDefinition table, string? keyColumn)
    {
        ColumnDefinition? key = keyColumn is not null
            ? table.Columns.FirstOrDefault(column => column.Name == keyColumn)
            : KeyOf(table);
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
