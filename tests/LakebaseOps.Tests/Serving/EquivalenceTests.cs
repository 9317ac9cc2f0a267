using System.Globalization;
using System.Text;
using LakebaseOps.Serving;
using Npgsql;

namespace LakebaseOps.Tests.Serving;

/// <summary>All modes return what plain queries return: random tables of three entities, random requests.</summary>
public sealed class EquivalenceTests(PostgresServer server) : DatabaseTest(server)
{
    private const int Ids = 30;

    // Type, a value of it made from the number h, and whether features bring it as text.
    private static readonly (string Type, string Sql, bool IsText)[] Types =
    [
        ("boolean", "h % 2 = 0", false), ("smallint", "(h % 32767)::smallint", false), ("integer", "h::int", false), ("bigint", "h * 4000000007", false),
        ("real", "(h / 7.0)::real", false), ("double precision", "h / 7.0::float8", false), ("numeric(18,2)", "h / 100.0", false),
        ("numeric", "h / 7.0", true), ("date", "date '1999-12-31' + (h % 40000)::int", false),
        ("timestamp", "timestamp '1999-12-31 23:59:59.123456' + h * interval '1 second'", false),
        ("timestamptz", "timestamptz '1999-12-31 23:59:59.123456+00' - h * interval '1 second'", false), ("text", "'tëxt ' || h", false),
        ("varchar(20)", "'v' || h", false), ("char(20)", "'c' || h", false), ("jsonb", "jsonb_build_object('h', h)", false), ("json", "json_build_array(h)", false),
        ("uuid", "md5(h::text)::uuid", false), ("bytea", "sha256(h::text::bytea)", false), ("interval", "h * interval '1 second'", true),
        ("time", "time '00:00' + h * interval '1 second'", true), ("inet", "inet '10.0.0.0' + h % 65536", true),
        ("double precision[]", "ARRAY[h / 7.0, NULL, h]::float8[]", false), ("bigint[]", "ARRAY[h, -h]", false), ("text[]", "ARRAY['a', h::text]", false),
    ];

    private static readonly (string Type, string Sql, Func<int, string> Text)[] Keys =
    [
        ("text", "'kéy ''' || g", id => $"kéy '{id}"), ("varchar(40)", "'v' || g", id => $"v{id}"), ("char(40)", "'c' || g", id => $"c{id}"),
        ("bigint", "g - 5000000000", id => (id - 5_000_000_000).ToString(CultureInfo.InvariantCulture)), ("integer", "g - 3", id => $"{id - 3}"),
        ("smallint", "g", id => $"{id}"), ("uuid", "lpad(to_hex(g), 32, '0')::uuid", id => $"{id:x32}"), ("bytea", "int4send(g)", id => $"{id:x8}"),
    ];

    public static TheoryData<int> Seeds { get; } = [.. Enumerable.Range(1, Soak.Cases(suite: 3, soak: 200))];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Every_mode_returns_what_plain_queries_return(int seed)
    {
        Random random = new(seed);
        string[] entities = ["card", "email", "name"];
        List<Table> tables = [];
        StringBuilder script = new();
        foreach (string entity in entities)
        {
            (string keyType, string keySql, Func<int, string> keyText) = Keys[random.Next(Keys.Length)];
            int count = random.Next(1, 5);
            // Every type is in at least one table of a seed, whatever the dice say.
            for (int number = 0; number < count; number++)
            {
                (string, string, bool)[] columns = number == 0 && entity == "card" ? Types : [.. random.GetItems(Types, random.Next(0, 6))];
                tables.Add(new Table($"public.{entity}_{number}", entity, keyType, keyText, columns));
                Write(script, tables[^1], keySql, random);
                if (random.Next(2) == 0)
                {
                    tables.Add(tables[^1] with { Name = $"public.{entity}_{number}_twin" });
                    Write(script, tables[^1], keySql, random);
                }
            }
        }

        await ExecuteAsync(script.ToString());
        FeatureOptions some = new() { Table = ["*"], Entity = entities };
        await RecordingSink.RunAsync(new InstallRpcFunctionOperation(Session, new InstallRpcFunctionOptions { Table = some.Table, Entity = some.Entity }), Cancel);
        await RecordingSink.RunAsync(new InstallWideTableOperation(Session, new InstallWideTableOptions { Table = some.Table, Entity = some.Entity }), Cancel);

        IReadOnlyDictionary<string, string>[] requests =
        [
            .. Enumerable.Range(0, 12).Select(_ => entities.ToDictionary(
                entity => entity, entity => tables.First(table => table.Entity == entity).KeyText(random.Next(-2, Ids + 5)))),
        ];
        List<string> expected = await ExpectedAsync(tables, requests);
        Assert.Contains(expected, line => line.EndsWith("missing", StringComparison.Ordinal));
        Assert.Contains(expected, line => line.Contains('∅', StringComparison.Ordinal));
        foreach (FeatureMode mode in Enum.GetValues<FeatureMode>())
        {
            foreach (bool consistent in mode == FeatureMode.Parallel ? [false] : new[] { false, true })
            {
                GetFeatureOptions options = new()
                {
                    Table = some.Table, Entity = some.Entity, Key = [.. requests.Select(keys => new FeatureKey(keys))], Mode = mode, Consistent = consistent, ThrottleLimit = random.Next(1, 8),
                };
                RecordingSink sink = await RecordingSink.RunAsync(new GetFeatureOperation(Session, options), Cancel);
                Assert.Equal(expected, sink.Of<FeatureRow>().Select(row =>
                    $"{row.Request} {row.Entity} {row.Table} {(row.Found ? string.Join(',', row.Values.Select(pair => $"{pair.Key}={Show(pair.Value)}")) : "missing")}"));
            }
        }
    }

    private static void Write(StringBuilder script, Table table, string keySql, Random random)
    {
        string name = TableName.Parse(table.Name).ToSql();
        IEnumerable<string> values = table.Columns.Select(column =>
            $"CASE WHEN h % 7 = {random.Next(7)} THEN NULL ELSE {column.Sql} END");
        script.Append(CultureInfo.InvariantCulture, $"CREATE TABLE {name} (k {table.KeyType} PRIMARY KEY");
        script.AppendJoin("", table.Columns.Select((column, index) => $", c{index} {column.Type}")).AppendLine(");");
        script.Append(CultureInfo.InvariantCulture, $"INSERT INTO {name} SELECT {keySql}");
        script.AppendJoin("", values.Select(value => $", {value}"));
        script.AppendLine(CultureInfo.InvariantCulture,
            $" FROM generate_series(0, {Ids - 1}) g, LATERAL (SELECT abs(hashint4(g + {random.Next(1_000_000)}))::bigint) AS x(h) WHERE h % 3 > 0;");
    }

    /// <summary>The rows of one plain statement for each table, decoded by Npgsql's own defaults.</summary>
    private async Task<List<string>> ExpectedAsync(IReadOnlyList<Table> tables, IReadOnlyDictionary<string, string>[] requests)
    {
        List<string> lines = [];
        for (int request = 0; request < requests.Length; request++)
        {
            foreach (Table table in tables.OrderBy(table => table.Name, StringComparer.Ordinal))
            {
                string literal = (table.KeyType == "bytea" ? "\\x" : "") + requests[request][table.Entity];
                IEnumerable<string> list = table.Columns.Select((column, index) => $"c{index}{(column.IsText ? "::text" : "")}").Prepend("1");
                await using NpgsqlCommand command = Session.DataSource.CreateCommand(
                    $"SELECT {string.Join(", ", list)} FROM {TableName.Parse(table.Name).ToSql()} WHERE k = '{literal.Replace("'", "''", StringComparison.Ordinal)}'::{table.KeyType}");
                await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(Cancel);
                string row = await reader.ReadAsync(Cancel)
                    ? string.Join(',', table.Columns.Select((_, index) => $"c{index}={Show(Value(reader, index + 1))}"))
                    : "missing";
                lines.Add($"{request + 1} {table.Entity} {table.Name} {row}");
            }
        }

        return lines;
    }

    private static object? Value(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetDataTypeName(column) switch
    {
        "date" => reader.GetFieldValue<DateOnly>(column),
        // Elements may be NULL.
        "double precision[]" => reader.GetFieldValue<double?[]>(column),
        _ => reader.GetValue(column),
    };

    private static string Show(object? value) => value switch
    {
        null => "∅",
        byte[] bytes => Convert.ToHexString(bytes),
        Array array => $"{{{string.Join(';', array.Cast<object?>().Select(Show))}}}",
        DateTime time => time.ToString("O", CultureInfo.InvariantCulture),
        DateOnly day => day.ToString("O", CultureInfo.InvariantCulture),
        IFormattable number => $"{number.ToString(null, CultureInfo.InvariantCulture)} {number.GetType().Name}",
        _ => value.ToString()!,
    };

    private sealed record Table(string Name, string Entity, string KeyType, Func<int, string> KeyText, (string Type, string Sql, bool IsText)[] Columns);
}
