using System.Globalization;
using System.Text;

namespace LakebaseOps.Tests.Loading;

/// <summary>What the client encodes must be bit for bit what the server reads from the same text.</summary>
public sealed class EncodingTests(PostgresServer server) : LoadTest(server)
{
    private static readonly string[] Types =
        ["int2", "int4", "int8", "float4", "float8", "boolean", "text", "varchar(200)", "char(7)", "uuid", "date", "timestamp", "timestamptz", "json", "numeric"];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Values_are_those_the_server_reads(string type, int seed)
    {
        await ExecuteAsync($"CREATE TABLE ours (n int, v {type}); CREATE TABLE theirs (LIKE ours)");
        List<string> values = [];
        foreach (string value in Edges(type).Concat(RandomValues(type, new Random(seed), 600)))
        {
            if (await IsReadAsync(type, value))
                values.Add(value);
        }

        StringBuilder text = new();
        for (int i = 0; i < values.Count; i++)
            text.Append(CultureInfo.InvariantCulture, $"{i},\"{values[i].Replace("\"", "\"\"", StringComparison.Ordinal)}\"\n");
        string file = Write("f.csv", text.ToString());

        await LoadAsync(new BulkLoadOptions { Table = "ours", Path = [file], Header = CsvHeader.None, SkipVacuum = true, ChunkBytes = 400 });
        await using (Npgsql.NpgsqlConnection connection = await Session.OpenAsync(Cancel))
        {
            await using TextWriter writer = await connection.BeginTextImportAsync("COPY theirs FROM STDIN (FORMAT csv)", Cancel);
            await writer.WriteAsync(text.ToString());
        }

        Assert.Equal("", await ScalarAsync<string>(
            "SELECT coalesce(string_agg(n || ': ' || o.v::text || ' <> ' || t.v::text, E'\n'), '') FROM ours o FULL JOIN theirs t USING (n) WHERE o.v::text IS DISTINCT FROM t.v::text"));
        Assert.Equal(values.Count, await ScalarAsync<long>("SELECT count(*) FROM ours"));
        string binary = type is "json" ? "v::text" : "v";
        Assert.True(await ScalarAsync<bool>(
            $"SELECT (SELECT sum(hash_record_extended(ROW({binary}), 0)) FROM ours) IS NOT DISTINCT FROM (SELECT sum(hash_record_extended(ROW({binary}), 0)) FROM theirs)"));
    }

    public static TheoryData<string, int> Cases()
    {
        TheoryData<string, int> data = [];
        foreach (string type in Types)
            data.Add(type, 20261122);
        return data;
    }

    private Task<bool> IsReadAsync(string type, string value) => Reads(type) is { } reads ? Task.FromResult(reads(value)) : Task.FromResult(true);

    /// <summary>Leaves out what the server refuses, since one refused value ends a COPY; null where every value is good.</summary>
    private static Func<string, bool>? Reads(string type) => type switch
    {
        "int2" => value => short.TryParse(value, CultureInfo.InvariantCulture, out _),
        "int4" => value => int.TryParse(value, CultureInfo.InvariantCulture, out _),
        "int8" => value => long.TryParse(value, CultureInfo.InvariantCulture, out _),
        _ => null,
    };

    private static IEnumerable<string> Edges(string type) => type switch
    {
        "int2" or "int4" or "int8" =>
        [
            "0", "-0", "+1", " 1 ", "007", "32767", "-32768", "2147483647", "-2147483648", "9223372036854775807", "-9223372036854775808", "000000000000000000000000001",
        ],
        "float8" =>
        [
            "0", "-0", "0.0", "-0.0e5", "1e308", "1.7976931348623157e308", "2.2250738585072014e-308", "4.9406564584124654e-324", "-5e-324", "2.2250738585072011e-308",
            "9007199254740993", "9007199254740992.5", "0.1", "1e22", "1e23", "123456789012345e22", "123456789012345678", "0.000000000000000000001", " 1.5", "1.", ".5", "+2",
            "NaN", "inf", "-Infinity", "1E5", "1e+5", "1e-5", "8.5e0", "179769313486231570e291", "0.30000000000000004", "5e-324", "3e-324", "1e-400".Replace("400", "300"),
            "7450580596923828125e-27", "100000000000000016777215", "1234567890123456789012345678901234567890e-30", "0e9999",
        ],
        "float4" => ["0", "-0", "3.4028235e38", "1.17549435e-38", "1e-45", "16777217", "16777219", "0.1", "1.00000017881393432617187499", "1.000000178813934326171875", "NaN", "-inf", "1e10", "33554433", "7.0064923216240862e-46"],
        "boolean" => ["t", "f", "true", "false", "1", "0", "TRUE", "yes", "off", " t", "tr"],
        "uuid" => ["00000000-0000-0000-0000-000000000000", "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", "{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}", "a0eebc999c0b4ef8bb6d6bb9bd380a11"],
        "date" => ["2000-01-01", "1999-12-31", "2000-02-29", "0001-01-01", "9999-12-31", "10000-01-01", "infinity", "Jan 5 2020", "2020-1-5", "0044-03-15 BC", "20200105"],
        "timestamp" or "timestamptz" =>
        [
            "2000-01-01 00:00", "2000-01-01T00:00:00", "1999-12-31 23:59:59.999999", "2020-02-29 12:34:56.1", "2020-02-29 12:34:56.12345", "2020-02-29 12:34:56.1234567",
            "0001-01-01 00:00:00", "9999-12-31 23:59:59", "-infinity", "2020-01-01", "2020-01-01 24:00:00", "2020-01-01 00:00:60", "2020-01-01 00:00:00+00",
            "2020-01-01 00:00:00Z", "2020-01-01 00:00:00.5-0730", "2020-01-01T00:00:00+05:45", "2020-06-01 00:00:00 Europe/Berlin", "2020-01-01 00:00:00.", "20200101T101112", "2020-01-01 1:02:03",
            "2020-01-01 00:00:00 +01", "1500-01-01 00:00:00-15:59",
        ],
        "json" => ["{}", "[1, 2]", "\"a\"", " {\"a\" : 1} ", "null"],
        "char(7)" => ["", "abc", "abcdefg", "äöü", "ab     "],
        "numeric" => ["1", "1.50", "-0.000", "NaN", "1e10"],
        _ => ["", "a", "\\", "\\N", "\t", "tab\tnew\nline\\.", "ünï", "𝄞", "\"quoted\"", new string('x', 199), "\r\n", "\b\f\v", "a\\b\\\\c"],
    };

    private static IEnumerable<string> RandomValues(string type, Random random, int count)
    {
        for (int i = 0; i < count; i++)
        {
            yield return type switch
            {
                "int2" => random.Next(-40000, 40000).ToString(CultureInfo.InvariantCulture),
                "int4" => (random.NextInt64(-3_000_000_000, 3_000_000_000) >> random.Next(32)).ToString(CultureInfo.InvariantCulture),
                "int8" => (random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(64)).ToString(CultureInfo.InvariantCulture),
                "float8" => Double(random),
                "float4" => Single(random),
                "boolean" => random.Next(2) == 0 ? "t" : "f",
                "uuid" => Uuid(random),
                "date" => new DateTime(random.NextInt64(DateTime.MaxValue.Ticks)).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
                "timestamp" => Time(random),
                "timestamptz" => Time(random) + random.Next(5) switch { 0 => "", 1 => "Z", 2 => "+03", 3 => "-0930", _ => "+05:45" },
                "json" => $"{{\"a\": {random.Next()}}}",
                "char(7)" => new string((char)random.Next('a', 'z'), random.Next(8)),
                "numeric" => ((decimal)random.NextDouble() * random.Next()).ToString(CultureInfo.InvariantCulture),
                _ => string.Concat(Enumerable.Range(0, random.Next(40)).Select(_ => (char)random.Next(1, 0x250))),
            };
        }
    }

    private static string Double(Random random)
    {
        double value = BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue));
        if (!double.IsFinite(value))
            value = random.NextDouble();
        return random.Next(4) switch
        {
            0 => value.ToString("R", CultureInfo.InvariantCulture),
            1 => value.ToString("E" + random.Next(25), CultureInfo.InvariantCulture) is var text && double.IsFinite(double.Parse(text, CultureInfo.InvariantCulture)) ? text : "1",
            2 => random.NextDouble().ToString("F" + random.Next(20), CultureInfo.InvariantCulture),
            _ => $"{random.NextInt64(long.MaxValue)}.{random.Next()}e{random.Next(-40, 40)}",
        };
    }

    private static string Single(Random random)
    {
        float value = BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue));
        if (!float.IsFinite(value))
            value = random.NextSingle();
        return random.Next(3) switch
        {
            0 => value.ToString("R", CultureInfo.InvariantCulture),
            1 => (random.NextDouble() * Math.Pow(10, random.Next(-30, 30))).ToString("R", CultureInfo.InvariantCulture),
            // Halfway between two floats and a hair beside it: rounding twice would show here.
            _ => ((double)random.Next(1 << 24, 1 << 25) + 0.5).ToString("F1", CultureInfo.InvariantCulture) + new string('0', random.Next(12)) + random.Next(2),
        };
    }

    private static string Uuid(Random random)
    {
        byte[] bytes = new byte[16];
        random.NextBytes(bytes);
        return new Guid(bytes).ToString();
    }

    private static string Time(Random random) => new DateTime(random.NextInt64(DateTime.MaxValue.Ticks))
        .ToString(random.Next(4) switch { 0 => "yyyy-MM-dd HH:mm", 1 => "yyyy-MM-ddTHH:mm:ss", 2 => "yyyy-MM-dd HH:mm:ss.fff", _ => "yyyy-MM-dd HH:mm:ss.ffffff" }, CultureInfo.InvariantCulture);
}
