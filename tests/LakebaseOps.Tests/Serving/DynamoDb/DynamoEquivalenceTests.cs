using System.Globalization;
using System.Text;
using LakebaseOps.Latency;
using LakebaseOps.Serving;
using LakebaseOps.Serving.DynamoDb;

namespace LakebaseOps.Tests.Serving.DynamoDb;

/// <summary>Both forms of DynamoDB return the rows that Get-LakebaseFeature returns: every type, random requests.</summary>
public sealed class DynamoEquivalenceTests(PostgresServer server, DynaliteServer dynamo) : DynamoDatabaseTest(server, dynamo)
{
    private const int Ids = 40;

    private static readonly (string Type, string Sql)[] Types =
    [
        ("boolean", "h % 2 = 0"), ("smallint", "(h % 32767)::smallint"), ("integer", "-h::int"), ("bigint", "9223372036854775807 - h"),
        ("real", "(h / 7.0)::real"), ("double precision", "CASE WHEN h % 5 = 0 THEN '-0'::float8 ELSE h / 7e90::float8 END"), ("numeric(18,2)", "h / 100.0"),
        ("numeric", "h / 7.0"), ("date", "date '0044-03-15 BC' + (h % 900000)::int"), ("timestamp", "timestamp '1999-12-31 23:59:59.123456' + h * interval '1 second'"),
        ("timestamptz", "timestamptz '1969-12-31 23:59:59.123456+00' - h * interval '1 second'"), ("text", "'tëxt ' || h"), ("text", "''"),
        ("char(20)", "'c' || h"), ("jsonb", "jsonb_build_object('h', h)"), ("json", "json_build_array(h)"), ("uuid", "md5(h::text)::uuid"),
        ("bytea", "sha256(h::text::bytea)"), ("interval", "h * interval '1 second'"), ("double precision[]", "ARRAY[h / 7.0, NULL, h]::float8[]"),
        ("bigint[]", "ARRAY[h, -h]"), ("text[]", "ARRAY['a', '', h::text]"), ("boolean[]", "ARRAY[true, false]"), ("integer[]", "'{}'::int[]"),
    ];

    private static readonly (string Type, string Sql, Func<int, string> Text)[] Keys =
    [
        ("text", "'kéy ''' || g", id => $"kéy '{id}"), ("char(40)", "'c' || g", id => $"c{id}"), ("bigint", "g - 5000000000", id => $"{id - 5_000_000_000}"),
        ("integer", "g - 3", id => $"{id - 3}"), ("uuid", "lpad(to_hex(g), 32, '0')::uuid", id => $"{id:x32}"), ("bytea", "int4send(g)", id => $"{id:x8}"),
    ];

    public static TheoryData<int> Seeds { get; } = [.. Enumerable.Range(1, Soak.Cases(suite: 2, soak: 60))];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Both_forms_return_what_Get_LakebaseFeature_returns(int seed)
    {
        Random random = new(seed);
        (string, string Sql, Func<int, string> Text)[] keys = random.GetItems(Keys, 2);
        StringBuilder script = new();
        for (int table = 0; table < 4; table++)
        {
            (string type, string key, _) = keys[table % 2];
            (string Type, string Sql)[] columns = table == 0 ? Types : random.GetItems(Types, random.Next(6));
            script.Append(CultureInfo.InvariantCulture, $"CREATE TABLE {(table % 2 == 0 ? "card" : "email")}_{table} (k {type} PRIMARY KEY");
            script.AppendJoin("", columns.Select((column, at) => $", \"C {at}\" {column.Type}")).AppendLine(");");
            script.Append(CultureInfo.InvariantCulture, $"INSERT INTO {(table % 2 == 0 ? "card" : "email")}_{table} SELECT {key}");
            script.AppendJoin("", columns.Select(column => $", CASE WHEN h % 7 = {random.Next(7)} THEN NULL ELSE {column.Sql} END"));
            script.AppendLine(CultureInfo.InvariantCulture, $" FROM generate_series(0, {Ids - 1}) g, LATERAL (SELECT abs(hashint4(g + {random.Next(1_000_000)}))::bigint) AS x(h) WHERE h % 3 > 0;");
        }

        await ExecuteAsync(script.ToString());
        string[] entities = ["card", "email"];
        InstallDynamoDbTableOptions options = Install("*") with { Entity = entities };
        IReadOnlyList<DynamoDbTableResult> installed = await RunAsync(options);
        Assert.Equal(4 + 2, installed.Count);

        FeatureKey[] requests =
        [
            .. Enumerable.Range(0, 15).Select(_ => new FeatureKey(new Dictionary<string, string>
            {
                ["card"] = keys[0].Text(random.Next(-2, Ids + 5)), ["email"] = keys[1].Text(random.Next(-2, Ids + 5)),
            })),
        ];
        RecordingSink expected = await RecordingSink.RunAsync(
            new GetFeatureOperation(Session, new GetFeatureOptions { Table = ["*"], Entity = entities, Key = requests }), Cancel);
        Assert.Contains(expected.Of<FeatureRow>(), row => !row.Found);
        Assert.Contains(expected.Of<FeatureRow>(), row => row.Found && row.Values.Values.Contains(null));

        FeaturePlan plan = await PlanAsync(options);
        await using DynamoReader reader = await DynamoReader.OpenAsync(new DynamoEndpoint(Url, null), Prefix, plan, options.Mode, 2, Cancel, most: 3);
        foreach (FeatureMode mode in options.Mode)
        {
            FeatureResponse response = new(plan);
            List<string> rows = [];
            foreach (FeatureKey request in requests)
            {
                object[] asked = plan.ParseKeys(request);
                RequestClock clock = new(LoopTime.Real);
                SocketEvents.Bind(clock);
                clock.Start();
                await reader.ReadAsync(mode, kind: 0, asked, response, clock, Cancel);
                // Four tables, three items a call; two entities.
                Assert.Equal(mode == FeatureMode.Batch ? 2 : 1, clock.RoundTrips);
                Assert.Null(FeatureCheck.Fault(plan, asked, response));
                rows.AddRange(response.ToRows(rows.Count / 4 + 1, asked).Select(Show));
            }

            Assert.Equal(expected.Of<FeatureRow>().Select(Show), rows);
        }
    }

    private static string Show(FeatureRow row) =>
        $"{row.Request} {row.Entity} {row.Table} {row.Key} {(row.Found ? string.Join(',', row.Values.Select(pair => $"{pair.Key}={Show(pair.Value)}")) : "missing")}";

    private static string Show(object? value) => value switch
    {
        null => "∅",
        byte[] bytes => Convert.ToHexString(bytes),
        Array array => $"{{{string.Join(';', array.Cast<object?>().Select(Show))}}}",
        DateTime time => $"{time:O}",
        DateOnly day => $"{day:O}",
        // DynamoDB keeps neither the digits that say nothing nor the sign of zero.
        decimal number => $"{number.ToString("G29", CultureInfo.InvariantCulture)} Decimal",
        0.0 => "0 Double",
        IFormattable number => $"{number.ToString(null, CultureInfo.InvariantCulture)} {number.GetType().Name}",
        _ => value.ToString()!,
    };
}
