using System.Globalization;
using System.Text;
using Npgsql;

namespace LakebaseOps.Serving;

/// <summary>
/// The denormalised table of mode Wide: one row for each key of an entity, with the columns of all of its tables. Its
/// name follows from the tables, its comment carries a hash of their shape. Its rows are those of the moment it was made.
/// </summary>
internal sealed class WideTable
{
    /// <summary>The key in a select list.</summary>
    public const string KeySql = "t.key";

    // Part of the shape's hash: tables made by another form of this class are stale.
    private const string Version = "1";
    private const string CommentPrefix = "LakebaseOps wide table; shape ";
    private const int LongestName = 63;

    private readonly FeatureTable[] _tables;
    private readonly Dictionary<int, int> _numbers;
    private readonly KeyKind _keys;
    private TableName _name;

    private WideTable(FeaturePlan plan, int entity)
    {
        Entity = entity;
        EntityName = plan.Entities[entity].Name;
        _keys = plan.Entities[entity].Keys;
        _tables = [.. plan.Tables.Where(table => table.Entity == entity)];
        // Numbered within the entity: other entities of a plan must not change the columns' names.
        _numbers = _tables.Select((table, index) => (table.Index, index + 1)).ToDictionary();
        Name = FeatureShape.NameOf("wide_", _tables, _ => 0);
        Shape = FeatureShape.Of(Version, _tables, _ => 0);
        _name = new TableName("lakebase_ops", Name);
    }

    /// <summary>The entity, by its place in the plan.</summary>
    public int Entity { get; }

    /// <summary>The entity's name.</summary>
    public string EntityName { get; }

    /// <summary>Its name within its schema.</summary>
    public string Name { get; }

    /// <summary>Hash of the tables' shape.</summary>
    public string Shape { get; }

    /// <summary>Schema and name, as found by <see cref="RequireAsync"/>.</summary>
    public TableName Location => _name;

    /// <summary>The tables it holds.</summary>
    public IReadOnlyList<FeatureTable> Tables => _tables;

    public static WideTable Of(FeaturePlan plan, int entity) => new(plan, entity);

    /// <summary>What says in a select list whether a table has a row.</summary>
    public string MarkerOf(FeatureTable table) => "t." + Marker(table);

    /// <summary>A column of a table in a select list.</summary>
    public string ColumnOf(FeatureTable table, int column) =>
        (table.Columns[column] with { Name = ColumnName(table, column) }).Sql;

    /// <summary>The lookup of a row by its key.</summary>
    public string Lookup(IEnumerable<string> list) =>
        $"SELECT {string.Join(", ", list)} FROM {_name.ToSql()} AS t WHERE t.key = $1";

    /// <summary>The table as the server has it, in whatever schema; null when there is none.</summary>
    public async Task<InstalledWide?> FindAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        NpgsqlCommand command = new(
            """
            SELECT n.nspname, obj_description(c.oid, 'pg_class'), c.oid::bigint
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind = 'r' AND c.relname = $1 AND starts_with(coalesce(obj_description(c.oid, 'pg_class'), ''), $2)
            ORDER BY obj_description(c.oid, 'pg_class') <> $2 || $3, n.nspname <> 'lakebase_ops', n.nspname
            LIMIT 1
            """,
            connection)
        { Parameters = { new() { Value = Name }, new() { Value = CommentPrefix }, new() { Value = Shape } } };
        await using (command.ConfigureAwait(false))
        {
            NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                return await reader.ReadAsync(cancellationToken).ConfigureAwait(false)
                    ? new InstalledWide(new TableName(reader.GetString(0), Name),
                        reader.GetString(1)[CommentPrefix.Length..], reader.GetInt64(2))
                    : null;
            }
        }
    }

    /// <summary>Finds the table to read.</summary>
    /// <exception cref="LakebaseException">WideNotInstalled, WideStale.</exception>
    public async Task RequireAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        const string Remedy = "Run Install-LakebaseWideTable with the same tables.";
        InstalledWide? installed = await FindAsync(connection, cancellationToken).ConfigureAwait(false);
        if (installed is null)
        {
            throw new LakebaseError(ErrorIds.WideNotInstalled, LakebaseErrorKind.NotFound,
                $"Mode Wide needs a table that holds the columns of these {_tables.Length} tables, and database '{connection.Database}' has none.")
            { Target = Name, Remedy = Remedy }.ToException();
        }

        if (installed.Shape != Shape)
        {
            throw new LakebaseError(ErrorIds.WideStale, LakebaseErrorKind.InvalidState,
                $"The tables that {installed.Table} was made from have changed their columns since.")
            { Target = installed.Table.ToString(), Remedy = Remedy }.ToException();
        }

        _name = installed.Table;
    }

    /// <summary>The statements that make the table, under another name until it is whole, in place of an older one.</summary>
    public IReadOnlyList<string> CreateSql(string schema, InstalledWide? installed)
    {
        string made = new TableName(schema, Name).ToSql();
        string making = new TableName(schema, Name + "_new").ToSql();
        string key = Keys.SqlType(_keys);
        IEnumerable<string> keys = _tables.Select(table =>
            $"SELECT t.{TableName.Quote(table.Key.Name)}::{key} AS key FROM {table.Name.ToSql()} AS t WHERE t.{TableName.Quote(table.Key.Name)} IS NOT NULL");
        IEnumerable<string> list = _tables.SelectMany(table => table.Columns.Skip(1)
            .Select((column, index) => $"{Marker(table)}.{TableName.Quote(column.Name)} AS {TableName.Quote(ColumnName(table, index + 1))}")
            .Prepend($"{Marker(table)}.{TableName.Quote(table.Key.Name)} IS NOT NULL AS {Marker(table)}"));
        IEnumerable<string> joins = _tables.Select(table =>
            $"LEFT JOIN {table.Name.ToSql()} AS {Marker(table)} ON {Marker(table)}.{TableName.Quote(table.Key.Name)} = keys.key");
        return
        [
            $"CREATE SCHEMA IF NOT EXISTS {TableName.Quote(schema)}",
            $"""
            CREATE TABLE {making} AS
            WITH keys AS ({string.Join("\n  UNION ", keys)})
            SELECT keys.key, {string.Join(", ", list)}
            FROM keys
            {string.Join('\n', joins)}
            """,
            $"ALTER TABLE {making} ADD PRIMARY KEY (key)",
            $"COMMENT ON TABLE {making} IS '{CommentPrefix}{Shape}'",
            .. installed is null ? Array.Empty<string>() : [installed.DropSql],
            $"ALTER TABLE {making} RENAME TO {TableName.Quote(Name)}",
        ];
    }

    private string Marker(FeatureTable table) =>
        string.Create(CultureInfo.InvariantCulture, $"t{_numbers[table.Index]}");

    private string ColumnName(FeatureTable table, int column)
    {
        string name = $"{Marker(table)}_{table.Columns[column].Name}";
        return Encoding.UTF8.GetByteCount(name) <= LongestName
            ? name
            : string.Create(CultureInfo.InvariantCulture, $"{Marker(table)}_{column}");
    }
}

/// <summary>A wide table found on the server.</summary>
/// <param name="Table">Schema and name.</param>
/// <param name="Shape">Hash of the shape it was made for.</param>
/// <param name="Oid">Its object id.</param>
internal sealed record InstalledWide(TableName Table, string Shape, long Oid)
{
    /// <summary>The statement that removes it.</summary>
    public string DropSql => $"DROP TABLE {Table.ToSql()}";
}
