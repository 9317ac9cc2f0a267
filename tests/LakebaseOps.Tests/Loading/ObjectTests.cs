using System.Collections;
using System.Net;
using System.Text.Json.Nodes;
using LakebaseOps.Loading;
using LakebaseOps.Loading.Sources;

namespace LakebaseOps.Tests.Loading;

/// <summary>Values of .NET objects in columns of every type.</summary>
public sealed class ObjectTests(PostgresServer server) : LoadTest(server)
{
    private static readonly Dictionary<string, object?> Nested = new() { ["a"] = 1.5m, ["b"] = new object?[] { null, true, "x\"ü" }, ["d"] = new DateOnly(2026, 1, 2) };

    /// <summary>Type, value, and what the server must say it is.</summary>
    private static readonly (string Type, object? Value, string? Text)[] Values =
    [
        ("numeric", 12345678901234567890.120m, "12345678901234567890.120"),
        ("numeric", System.Numerics.BigInteger.Pow(10, 30), "1000000000000000000000000000000"),
        ("double precision", double.NegativeInfinity, "-Infinity"),
        ("real", float.NaN, "NaN"),
        ("interval", new TimeSpan(1, 2, 3, 4, 567), "1 day 02:03:04.567"),
        ("interval", -new TimeSpan(1, 2, 3, 4), "-1 days -02:03:04"),
        ("interval", new TimeSpan(23, 59, 59), "23:59:59"),
        ("time", new TimeSpan(0, 2, 3, 4, 5, 600), "02:03:04.0056"),
        ("time", new TimeOnly(23, 59, 59, 999), "23:59:59.999"),
        ("date", new DateOnly(2024, 2, 29), "2024-02-29"),
        ("date", new DateTime(2024, 2, 29, 23, 0, 0), "2024-02-29"),
        ("uuid", Guid.Parse("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"), "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
        ("inet", IPAddress.Parse("fe80::1"), "fe80::1/128"),
        ("cidr", IPNetwork.Parse("10.0.0.0/8"), "10.0.0.0/8"),
        ("bytea", new byte[] { 0, 255 }, "\\x00ff"),
        ("integer", DayOfWeek.Friday, "5"),
        ("text", DayOfWeek.Friday, "Friday"),
        ("text", 'c', "c"),
        ("text", Nested, """{"a":1.5,"b":[null,true,"x\"ü"],"d":"2026-01-02"}"""),
        ("jsonb", Nested, """{"a": 1.5, "b": [null, true, "x\"ü"], "d": "2026-01-02"}"""),
        ("json", true, "true"),
        ("json", """{"text": "as it is"}""", """{"text": "as it is"}"""),
        ("json", JsonNode.Parse("[1,{}]"), "[1,{}]"),
        ("jsonb", new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc), "\"2026-01-02T03:04:05Z\""),
        ("integer[]", new int[] { 1, -2, 3 }, "{1,-2,3}"),
        ("integer[]", Array.Empty<int>(), "{}"),
        ("integer[]", new int[,] { { 1, 2 }, { 3, 4 } }, "{{1,2},{3,4}}"),
        ("integer[]", new ArrayList { 1, null }, "{1,NULL}"),
        ("text[]", new List<string?> { "a,b", "NULL", null, "", "\"\\ü" }, """{"a,b","NULL",NULL,"","\"\\ü"}"""),
        ("timestamptz[]", new[] { new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc) }, "{\"2026-01-02 03:04:05+00\"}"),
        ("jsonb[]", new object[] { Nested["b"]!, 1 }, """{"[null, true, \"x\\\"ü\"]",1}"""),
        ("bytea[]", new[] { new byte[] { 1 }, [] }, """{"\\x01","\\x"}"""),
        ("point[]", new[] { "(1,2)" }, "{\"(1,2)\"}"),
        ("integer", DBNull.Value, null),
    ];

    [Fact]
    public async Task Values_of_every_kind_arrive()
    {
        await ExecuteAsync($"CREATE TABLE t (id int, {string.Join(", ", Values.Select((value, number) => $"c{number} {value.Type}"))})");
        RecordChannel records = new();
        records.Begin(["id", .. Values.Select((_, number) => $"c{number}")]);
        Assert.True(records.TryAdd([1, .. Values.Select(value => value.Value)]));
        Assert.True(records.TryComplete());

        await RecordingSink.RunAsync(new BulkLoadOperation(Session, new BulkLoadOptions { Table = "t" }) { Records = records }, Cancel);

        string[] found = (await ScalarAsync<string?[]>(
            $"SET TimeZone = 'UTC'; SELECT ARRAY[{string.Join(", ", Values.Select((_, number) => $"c{number}::text"))}] FROM t"))
            .Select((text, number) => $"{Values[number].Type}: {text}").ToArray();
        Assert.Equal(Values.Select(value => $"{value.Type}: {value.Text}"), found);
    }

    [Fact]
    public async Task A_value_that_json_cannot_hold_is_refused()
    {
        await ExecuteAsync("CREATE TABLE t (id int, j jsonb)");
        ArrayList self = [];
        self.Add(self);
        foreach (object value in (object[])[new[] { double.NaN }, self])
        {
            RecordChannel records = new();
            records.Begin(["id", "j"]);
            records.TryAdd([1, value]);
            records.TryComplete();

            LakebaseException failed = await Assert.ThrowsAsync<LakebaseException>(() =>
                RecordingSink.RunAsync(new BulkLoadOperation(Session, new BulkLoadOptions { Table = "t" }) { Records = records }, Cancel));

            Assert.Equal(ErrorIds.DataRejected, failed.Error.Id);
            Assert.Equal(0, await StrayRelationsAsync());
        }
    }
}
