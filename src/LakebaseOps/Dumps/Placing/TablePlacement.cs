using LakebaseOps.Dumps.Definitions;
using LakebaseOps.Dumps.Restoring;
using LakebaseOps.Loading.Staging;
using Npgsql;

namespace LakebaseOps.Dumps.Placing;

/// <summary>
/// Chosen tables are made anew in schemas of their own, and take the places of those of the same names. While statements run, such a schema bears
/// the name that they call it, and what they need of the live one and is to stay lies in it for that moment. No live table is locked for it.
/// </summary>
/// <param name="restore">Id of the restore.</param>
/// <param name="schemas">Schemas by the names that the statements call them; each with its name in the end, and how it is made.</param>
/// <param name="steps">What is made.</param>
/// <param name="present">What is needed and stays.</param>
internal sealed class TablePlacement(
    Guid restore, IReadOnlyList<(string Name, string Final, IReadOnlyList<string> Create)> schemas, RestoreSteps steps, PresentObjects present) : Placement
{
    private static readonly HashSet<string> Relations = ["TABLE", "VIEW", "MATERIALIZED VIEW", "SEQUENCE", "FOREIGN TABLE"];

    private readonly SchemaNames _names = new(restore, schemas.Select(schema => (schema.Name, schema.Final)));
    private readonly SchemaPlacement _whole = new(restore, [], []);

    /// <inheritdoc />
    public override IReadOnlyList<string> Stages => [.. schemas.Select(schema => StageOf(schema.Name))];

    /// <summary>Foreign keys that were made anew in the swap.</summary>
    public IReadOnlyList<ForeignKey> Remade { get; private set; } = [];

    private string[] Finals => [.. steps.All.Where(one => Relations.Contains(one.Object.Kind)).Select(one => Final(new TableName(one.Object.Schema, one.Object.Name)).ToSql())];

    /// <summary>Names that indexes and keys will have.</summary>
    private string[] Taken => [.. Finals, .. steps.All.Where(one => one.Object.Kind is "INDEX" or "CONSTRAINT" && one.Object.Relation is not null)
        .Select(one => new TableName(one.Object.Schema, one.Object.OwnName)).Select(name => Final(name).ToSql())];

    /// <inheritdoc />
    public override TableName Stage(TableName table) => table with { Schema = StageOf(table.Schema) };

    /// <inheritdoc />
    public override TableName Final(TableName table) => table with { Schema = schemas.Single(schema => schema.Name == table.Schema).Final };

    /// <summary>What is to be replaced, and foreign keys of other tables that refer to it.</summary>
    public async Task<(IReadOnlyList<string> Replaced, IReadOnlyList<string> Incoming)> AroundAsync(NpgsqlConnection connection, CancellationToken cancellationToken) => (
        await TableNeighbours.PresentAsync(connection, Finals, cancellationToken).ConfigureAwait(false),
        [.. (await TableNeighbours.IncomingAsync(connection, Finals, cancellationToken).ConfigureAwait(false)).Select(key => key.Label)]);

    /// <inheritdoc />
    public override async Task<IReadOnlyList<string>> ObstaclesAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
    [
        .. await TableNeighbours.DependentsAsync(connection, Finals, cancellationToken).ConfigureAwait(false),
        .. await TableNeighbours.TakenAsync(connection, Finals, Taken, cancellationToken).ConfigureAwait(false),
    ];

    /// <inheritdoc />
    public override async Task<IReadOnlyList<string>> EnterAsync(NpgsqlConnection connection, bool first, CancellationToken cancellationToken)
    {
        if (present.Tables.Count > 0)
            await Patience.BeginTurnAsync(connection, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<string> names = await _names.EnterAsync(connection, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<string> live = await SchemaNames.LiveAsync(connection, [.. schemas.Select(schema => schema.Name)], cancellationToken).ConfigureAwait(false);
        if (first)
        {
            foreach ((string name, _, IReadOnlyList<string> create) in schemas)
            {
                await RunAsync(connection, live.Contains(name) ? [$"CREATE SCHEMA {TableName.Quote(StageOf(name))}"]
                    : [.. create.Count == 0 ? [$"CREATE SCHEMA {TableName.Quote(name)}"] : create, SchemaNames.Rename(name, StageOf(name))], cancellationToken).ConfigureAwait(false);
            }
        }

        (string Schema, string Sql)[] lent = [.. await LentAsync(connection, cancellationToken).ConfigureAwait(false)];
        await RunAsync(connection, lent.Select(one => one.Sql + TableName.Quote(StageOf(one.Schema))), cancellationToken).ConfigureAwait(false);
        foreach (string name in schemas.Select(schema => schema.Name))
        {
            await RunAsync(connection, [.. live.Contains(name) ? [SchemaNames.Rename(name, Behind(name))] : Array.Empty<string>(), SchemaNames.Rename(StageOf(name), name)], cancellationToken)
                .ConfigureAwait(false);
        }

        return
        [
            .. lent.Select(one => one.Sql + TableName.Quote(Behind(one.Schema))),
            .. schemas.Select(schema => SchemaNames.Rename(schema.Name, StageOf(schema.Name))),
            .. live.Select(name => SchemaNames.Rename(Behind(name), name)),
            .. names,
        ];
    }

    /// <inheritdoc />
    public override async Task<IReadOnlyList<string>> SwapAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        IReadOnlyList<ForeignKey> incoming = await TableNeighbours.IncomingAsync(connection, Finals, cancellationToken).ConfigureAwait(false);
        await RunAsync(connection, incoming.Select(key => key.DropSql), cancellationToken).ConfigureAwait(false);
        IReadOnlyList<string> live = await SchemaNames.LiveAsync(connection, [.. schemas.Select(schema => schema.Final)], cancellationToken).ConfigureAwait(false);
        List<string> previous = [];
        foreach ((string name, string final, _) in schemas)
        {
            if (!live.Contains(final))
            {
                await RunAsync(connection, [SchemaNames.Rename(StageOf(name), final)], cancellationToken).ConfigureAwait(false);
                continue;
            }

            string[] own = [.. Finals.Where(table => table.StartsWith($"{TableName.Quote(final)}.", StringComparison.Ordinal))];
            IReadOnlyList<string> away = await TableNeighbours.MoveAsync(connection, own, PreviousOf(final), cancellationToken).ConfigureAwait(false);
            if (away.Count > 0)
            {
                await RunAsync(connection, [$"CREATE SCHEMA {TableName.Quote(PreviousOf(final))}", .. away], cancellationToken).ConfigureAwait(false);
                previous.Add(PreviousOf(final));
            }

            await RunAsync(connection, await TableNeighbours.EmptyAsync(connection, StageOf(name), final, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
            await RunAsync(connection, [$"DROP SCHEMA {TableName.Quote(StageOf(name))}"], cancellationToken).ConfigureAwait(false);
        }

        await RunAsync(connection, incoming.SelectMany(key => key.MakeSql()), cancellationToken).ConfigureAwait(false);
        Remade = incoming;
        return previous;
    }

    /// <inheritdoc />
    public override Task<IReadOnlyList<string>> StrangersAsync(NpgsqlConnection connection, List<string> drop, CancellationToken cancellationToken) =>
        _whole.StrangersAsync(connection, drop, cancellationToken);

    /// <inheritdoc />
    public override IReadOnlyList<string> DropSql(IReadOnlyList<string> previous) => _whole.DropSql(previous);

    /// <inheritdoc />
    public override Task<IReadOnlyList<string>> PreviousAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        SchemaNames.LiveAsync(connection, [.. schemas.Select(schema => PreviousOf(schema.Final))], cancellationToken);

    /// <summary>What is lent to the stage: the schema it is in, and a statement that lacks where to move it.</summary>
    private async Task<IEnumerable<(string Schema, string Sql)>> LentAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        HashSet<string> own = [.. schemas.Select(schema => schema.Name)];
        // What needs another is named by it, and so goes first.
        IEnumerable<(string, string)> objects = present.Objects.Where(one => one.OwnerSql is not null && own.Contains(one.Schema)).OrderBy(one => one.Kind switch
        {
            "OPERATOR" or "OPERATOR CLASS" or "OPERATOR FAMILY" => 0,
            "AGGREGATE" => 1,
            "FUNCTION" or "PROCEDURE" => 2,
            _ => 3,
        }).Select(one => (one.Schema, one.OwnerSql![..one.OwnerSql!.LastIndexOf(" OWNER TO ", StringComparison.Ordinal)] + " SET SCHEMA "));
        IEnumerable<(string, string)> tables = present.Tables.Where(table => own.Contains(table.Schema)).Select(table => (table.Schema, $"ALTER TABLE {table.ToSql()} SET SCHEMA "));
        List<(string, string)> extensions = [];
        foreach (string schema in own)
        {
            IReadOnlyList<string> found = await ListAsync(
                connection, "SELECT extname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE nspname = $1 AND extname = ANY($2) ORDER BY 1",
                cancellationToken, schema, steps.Extensions.ToArray()).ConfigureAwait(false);
            extensions.AddRange(found.Select(name => (schema, $"ALTER EXTENSION {TableName.Quote(name)} SET SCHEMA ")));
        }

        return [.. objects, .. tables, .. extensions];
    }

    private string StageOf(string schema) => Name(schema, "stg", restore);

    private string Behind(string schema) => Name(schema, "hold", restore);

    private string PreviousOf(string schema) => Name(schema, "old", restore);
}
