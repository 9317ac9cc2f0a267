using System.Globalization;
using LakebaseOps.Serving;

namespace LakebaseOps.Tests.Serving;

public sealed class FeatureReadTests(PostgresServer server) : DatabaseTest(server)
{
    private static readonly FeatureMode[] Modes = Enum.GetValues<FeatureMode>();

    [Theory]
    [InlineData("text", 1)]
    [InlineData("bytea", 2)]
    [InlineData("uuid", 3)]
    [InlineData("bigint", 4)]
    [InlineData("character varying(40)", 5)]
    [InlineData("integer", 6)]
    [InlineData("character(40)", 7)]
    public async Task Every_mode_returns_the_rows_that_plain_queries_return(string keyType, int seed)
    {
        Random random = new(seed);
        string[] tables = ["odd \"quoted\" name; --", "plain", "same_shape_1", "same_shape_2", new string('x', 63), "only_key", "naïve größe"];
        foreach (string table in tables)
        {
            string columns = table switch
            {
                "same_shape_1" => "a double precision, b bigint, c timestamptz",
                "same_shape_2" => "d double precision, e bigint, f timestamptz",
                "only_key" => "",
                "plain" => "b boolean, s smallint, i int, r real, d date, t timestamp, n numeric(18,2), wide numeric, x text, j jsonb, u uuid, y bytea, v varchar(9), c char(5), iv interval, fs double precision[]",
                _ => "\"weird \"\"col\" text, b bigint, c timestamptz, a double precision",
            };
            await ExecuteAsync($"CREATE TABLE {TableName.Quote(table)} (hashkey {keyType} PRIMARY KEY{(columns == "" ? "" : ", " + columns)})");
            await FillAsync(table, keyType, columns, random);
        }

        string[] keys = [.. Enumerable.Range(0, 25).Select(id => Key(keyType, id)).OrderBy(_ => random.Next()).Take(12)];
        GetFeatureOptions options = new() { Table = [.. tables.OrderBy(_ => random.Next()).Select(Written)], Key = [.. keys] };
        await RecordingSink.RunAsync(new InstallRpcFunctionOperation(Session, new InstallRpcFunctionOptions { Table = options.Table }), Cancel);
        await RecordingSink.RunAsync(new InstallWideTableOperation(Session, new InstallWideTableOptions { Table = options.Table }), Cancel);

        List<string> expected = await ExpectedAsync(tables, keyType, keys);
        foreach (FeatureMode mode in Modes)
        {
            RecordingSink sink = await RecordingSink.RunAsync(new GetFeatureOperation(Session, options with { Mode = mode }), Cancel);
            Assert.Equal(expected, sink.Of<FeatureRow>().Select(Line));
        }

        Assert.Contains(expected, line => line.EndsWith("missing", StringComparison.Ordinal));
        Assert.Contains(expected, line => line.Contains("=∅", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Requests_of_several_entities_read_each_table_by_its_own_key()
    {
        foreach ((string entity, string type) in new[] { ("card", "text"), ("email", "bigint") })
        {
            foreach (string family in new[] { "rates", "times" })
            {
                await ExecuteAsync($"CREATE TABLE {entity}__{family} (id {type} PRIMARY KEY, a bigint)");
                await ExecuteAsync($"INSERT INTO {entity}__{family} SELECT g::{type}, g * 10 FROM generate_series(1, 5) g");
            }
        }

        GetFeatureOptions options = new()
        {
            Table = ["*__rates", "*__times"],
            Entity = ["card", "email"],
            Key = [By(("email", "3"), ("CARD", "4"))],
        };
        await RecordingSink.RunAsync(
            new InstallRpcFunctionOperation(Session, new InstallRpcFunctionOptions { Table = options.Table, Entity = options.Entity }), Cancel);
        await RecordingSink.RunAsync(
            new InstallWideTableOperation(Session, new InstallWideTableOptions { Table = options.Table, Entity = options.Entity }), Cancel);
        foreach (FeatureMode mode in Modes)
        {
            RecordingSink sink = await RecordingSink.RunAsync(new GetFeatureOperation(Session, options with { Mode = mode }), Cancel);
            Assert.Equal(
                ["public.card__rates|4|a=40", "public.card__times|4|a=40", "public.email__rates|3|a=30", "public.email__times|3|a=30"],
                sink.Of<FeatureRow>().Select(Line));
        }

        await RefusedAsync(ErrorIds.InvalidArgument, options with { Key = ["4"] });
        await RefusedAsync(ErrorIds.InvalidArgument, options with { Key = [By(("email", "3"))] });
        await RefusedAsync(ErrorIds.InvalidArgument, options with { Entity = ["card"] });
        await RefusedAsync(ErrorIds.InvalidArgument, options with { Key = [By(("email", "3"), ("card", "4"), ("note", "x"))] });
        RecordingSink passed = await RecordingSink.RunAsync(
            new GetFeatureOperation(Session, options with { Key = [By(("email", "3"), ("card", "4"), ("note", "x")) with { PassesOthersOver = true }] }), Cancel);
        Assert.Equal(4, passed.Of<FeatureRow>().Count(row => row.Found));
        await RefusedAsync(ErrorIds.KeyInvalid, options with { Key = [By(("email", "three"), ("card", "4"))] });
    }

    [Fact]
    public async Task What_cannot_be_read_is_refused_with_its_own_id()
    {
        await ExecuteAsync("CREATE TABLE keyless (k text, v int); CREATE TABLE pair (a int, b int, PRIMARY KEY (a, b)); CREATE TABLE by_time (t timestamptz PRIMARY KEY)");
        await ExecuteAsync("INSERT INTO keyless VALUES ('a', 1), ('a', 2), ('b', 3)");
        await RefusedAsync(ErrorIds.InvalidArgument, new GetFeatureOptions { Key = ["a"] });
        await RefusedAsync(ErrorIds.ObjectNotFound, new GetFeatureOptions { Table = ["absent"], Key = ["a"] });
        await RefusedAsync(ErrorIds.ObjectNotFound, new GetFeatureOptions { Table = ["absent*"], Key = ["a"] });
        await RefusedAsync(ErrorIds.KeyColumnMissing, new GetFeatureOptions { Table = ["keyless"], Key = ["a"] });
        await RefusedAsync(ErrorIds.KeyColumnMissing, new GetFeatureOptions { Table = ["pair"], Key = ["1"] });
        await RefusedAsync(ErrorIds.KeyColumnMissing, new GetFeatureOptions { Table = ["pair"], KeyColumn = "c", Key = ["1"] });
        await RefusedAsync(ErrorIds.KeyInvalid, new GetFeatureOptions { Table = ["by_time"], Key = ["1"] });
        await RefusedAsync(ErrorIds.KeyInvalid, new GetFeatureOptions { Table = ["keyless"], KeyColumn = "v", Key = ["99999999999999999999"] });
        foreach (FeatureMode mode in Modes.Except([FeatureMode.Rpc, FeatureMode.Wide]))
            await RefusedAsync(ErrorIds.KeyNotUnique, new GetFeatureOptions { Table = ["keyless"], KeyColumn = "k", Key = ["a"], Mode = mode });
        RecordingSink sink = await RecordingSink.RunAsync(
            new GetFeatureOperation(Session, new GetFeatureOptions { Table = ["keyless"], KeyColumn = "k", Key = ["b"] }), Cancel);
        Assert.Equal(["public.keyless|b|v=3"], sink.Of<FeatureRow>().Select(Line));
    }

    private static FeatureKey By(params (string Entity, string Key)[] keys) => new(keys.ToDictionary(pair => pair.Entity, pair => pair.Key));

    private static string Key(string type, int id) => type switch
    {
        "bytea" => "\\x" + id.ToString("x8", CultureInfo.InvariantCulture),
        "uuid" => $"00000000-0000-0000-0000-{id:x12}",
        "bigint" => (id - 5_000_000_000).ToString(CultureInfo.InvariantCulture),
        "integer" => (id - 3).ToString(CultureInfo.InvariantCulture),
        _ => $"kéy '{id}' \"\\",
    };

    private static string Written(string table) => new TableName("public", table).ToString();

    private static string Line(FeatureRow row) =>
        $"{row.Table}|{row.Key}|{(row.Found ? string.Join(',', row.Values.Select(pair => $"{pair.Key}={Show(pair.Value)}")) : "missing")}";

    private static string Show(object? value) => value switch
    {
        null => "∅",
        bool flag => flag ? "true" : "false",
        byte[] bytes => "\\x" + Convert.ToHexString(bytes).ToLowerInvariant(),
        double[] array => "{" + string.Join(',', array.Select(item => item.ToString("R", CultureInfo.InvariantCulture))) + "}",
        DateTime { Kind: DateTimeKind.Utc } time => time.ToString("yyyy-MM-dd HH:mm:ss.FFFFFF", CultureInfo.InvariantCulture) + "+00",
        DateTime time => time.ToString("yyyy-MM-dd HH:mm:ss.FFFFFF", CultureInfo.InvariantCulture),
        DateOnly day => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };

    /// <summary>Rows for about two thirds of the ids, a third of their values NULL.</summary>
    private async Task FillAsync(string table, string keyType, string columns, Random random)
    {
        string[] types = [.. columns.Split(", ", StringSplitOptions.RemoveEmptyEntries).Select(column => column[(column.LastIndexOf('"') > 0 ? column.LastIndexOf('"') + 2 : column.IndexOf(' ', StringComparison.Ordinal) + 1)..])];
        for (int id = 0; id < 25; id++)
        {
            if (random.Next(3) == 0)
                continue;
            IEnumerable<string> values = types.Select(type => random.Next(3) == 0 ? "NULL" : $"'{Literal(type, random)}'");
            await ExecuteAsync($"INSERT INTO {TableName.Quote(table)} VALUES ({string.Join(", ", values.Prepend($"'{Key(keyType, id).Replace("'", "''", StringComparison.Ordinal)}'"))})");
        }
    }

    private static string Literal(string type, Random random) => type switch
    {
        "boolean" => random.Next(2) == 0 ? "true" : "false",
        "smallint" => random.Next(-32768, 32768).ToString(CultureInfo.InvariantCulture),
        "int" => random.Next().ToString(CultureInfo.InvariantCulture),
        "bigint" => random.NextInt64().ToString(CultureInfo.InvariantCulture),
        "real" => "0.5",
        "double precision" => "-1.5E+300",
        "date" => "2026-11-22",
        "timestamp" => "1999-12-31 23:59:59.123456",
        "timestamptz" => "2026-11-22 08:00:00.000001+00",
        "numeric(18,2)" => "-12345.60",
        "numeric" => "123456789012345678901234567890.5",
        "uuid" => "11111111-2222-3333-4444-555555555555",
        "bytea" => "\\x00ff",
        "jsonb" => "{\"a\": 1}",
        "interval" => "1 mon",
        "double precision[]" => "{1.5,-2}",
        "char(5)" => "abc",
        _ => "tëxt",
    };

    private async Task<List<string>> ExpectedAsync(string[] tables, string keyType, string[] keys)
    {
        List<string> lines = [];
        foreach (string key in keys)
        {
            foreach (string table in tables.Order(StringComparer.Ordinal))
            {
                await using Npgsql.NpgsqlCommand command = Session.DataSource.CreateCommand(
                    $"SET timezone = 'UTC'; SELECT (SELECT string_agg(c.key || '=' || coalesce(c.value, '∅'), ',' ORDER BY a.attnum) FROM json_each_text(row_to_json(whole)) AS c JOIN pg_attribute a ON a.attrelid = '{TableName.Quote(table).Replace("'", "''", StringComparison.Ordinal)}'::regclass AND a.attname = c.key AND a.attnum > 1) FROM {TableName.Quote(table)} whole WHERE hashkey = '{key.Replace("'", "''", StringComparison.Ordinal)}'::{keyType}");
                await using Npgsql.NpgsqlDataReader reader = await command.ExecuteReaderAsync(Cancel);
                string values = await reader.ReadAsync(Cancel) ? (reader.IsDBNull(0) ? "" : reader.GetString(0)) : "missing";
                lines.Add($"{Written(table)}|{key}|{Normal(values)}");
            }
        }

        return lines;
    }

    // JSON writes times with a T and arrays with brackets.
    private static string Normal(string values) => System.Text.RegularExpressions.Regex
        .Replace(values, @"(\d{4}-\d\d-\d\d)T([\d:.]+)(\+00:00)?", match => $"{match.Groups[1].Value} {match.Groups[2].Value}{(match.Groups[3].Success ? "+00" : "")}")
        .Replace("[1.5,-2]", "{1.5,-2}", StringComparison.Ordinal)
        .Replace("-1.5e+300", "-1.5E+300", StringComparison.Ordinal);

    private async Task RefusedAsync(string id, GetFeatureOptions options)
    {
        LakebaseException refused = await Assert.ThrowsAsync<LakebaseException>(
            () => RecordingSink.RunAsync(new GetFeatureOperation(Session, options), Cancel));
        Assert.Equal(id, refused.Error.Id);
    }
}
