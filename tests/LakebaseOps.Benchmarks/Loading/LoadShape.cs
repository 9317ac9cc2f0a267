using System.Globalization;

namespace LakebaseOps.Benchmarks.Loading;

/// <summary>A shape of rows that the server itself makes, so that no contender's encoder has a hand in them.</summary>
/// <param name="Name">Its name; the table's as well.</param>
/// <param name="Rows">Rows of a full run.</param>
/// <param name="Columns">Name, type and expression over the row's number "i" of each column.</param>
internal sealed record LoadShape(string Name, long Rows, IReadOnlyList<(string Name, string Type, string Value)> Columns)
{
    /// <summary>8 columns, about 100 bytes as CSV.</summary>
    public static LoadShape Narrow { get; } = new("narrow", 2_500_000,
    [
        ("key", "text", "md5(i::text)"),
        ("account", "bigint", Bits(1, 40)),
        ("items", "integer", $"({Bits(2, 16)})::integer"),
        ("seen_at", "timestamptz", Time(3)),
        ("amount", "double precision", $"({Bits(4, 20)} / 100.0)::float8"),
        ("rate", "double precision", $"({Bits(5, 13)} / 10000.0)::float8"),
        ("score", "double precision", $"({Bits(6, 20)} / 1000000.0)::float8"),
        ("level", "integer", $"({Bits(7, 7)})::integer"),
    ]);

    /// <summary>60 columns of 12 types; a twelfth of the fields is NULL for one row of eight.</summary>
    public static LoadShape Wide { get; } = new("wide", 350_000, [.. Enumerable.Range(0, 5).SelectMany(Dozen)]);

    /// <summary>About 1.2 KB of text in each row, with quotes, commas and line ends.</summary>
    public static LoadShape Texts { get; } = new("texts", 400_000,
    [
        ("id", "bigint", "i"),
        ("title", "text", "'On \"' || substr(md5(i::text), 1, 12) || '\", and what follows'"),
        ("body", "text", """
            'She wrote: "' || md5(i::text) || '", twice.' || E'\n' || repeat(md5((i + 1)::text) || ' and so on, ', 8)
                || E'\n\nHe "' || substr(md5((i + 2)::text), 1, 8) || '" did not.'
            """),
        ("comment", "text", "repeat(md5((i + 3)::text) || ' plain words without any mark ', 5)"),
        ("tags", "text", "'a,b,' || substr(md5((i + 4)::text), 1, 6) || ',c'"),
        ("note", "text", "CASE WHEN i % 3 = 0 THEN NULL ELSE E'line one\\r\\nline \"two\"' END"),
        ("created_at", "timestamptz", Time(8)),
    ]);

    /// <summary>Column list of CREATE TABLE.</summary>
    public string Ddl => string.Join(", ", Columns.Select(column => $"{column.Name} {column.Type}"));

    /// <summary>The rows numbered from <paramref name="first"/> to <paramref name="last"/>.</summary>
    public string Query(long first, long last) => string.Create(
        CultureInfo.InvariantCulture,
        $"SELECT {string.Join(", ", Columns.Select(column => $"{column.Value} AS {column.Name}"))} FROM generate_series({first}::bigint, {last}::bigint) AS i");

    private static IEnumerable<(string Name, string Type, string Value)> Dozen(int number)
    {
        int seed = 100 + (number * 12);
        return
        [
            ($"word_{number}", "text", $"substr(md5((i + {number})::text), 1, 10)"),
            ($"total_{number}", "bigint", Bits(seed + 1, 40)),
            ($"count_{number}", "integer", $"({Bits(seed + 2, 20)})::integer"),
            ($"amount_{number}", "double precision", $"({Bits(seed + 3, 24)} / 100.0)::float8"),
            ($"ratio_{number}", "double precision", $"{Bits(seed + 4, 40)} / 1099511627776.0::float8"),
            ($"seen_{number}", "timestamptz", Time(seed + 5)),
            ($"is_new_{number}", "boolean", $"{Bits(seed + 6, 1)} = 1"),
            ($"day_{number}", "date", $"DATE '2020-01-01' + ({Bits(seed + 7, 11)})::integer"),
            ($"level_{number}", "smallint", $"({Bits(seed + 8, 10)})::smallint"),
            ($"device_{number}", "uuid", $"md5((i + {seed})::text)::uuid"),
            ($"price_{number}", "numeric(12,2)", $"({Bits(seed + 10, 30)} / 100.0)::numeric(12,2)"),
            ($"label_{number}", "text", $"CASE WHEN {Bits(seed + 11, 3)} = 0 THEN NULL ELSE 'label ' || {Bits(seed + 11, 9)} END"),
        ];
    }

    /// <summary>So many random bits that follow from the row's number.</summary>
    private static string Bits(int seed, int bits) => $"(hashint8extended(i, {seed}) & {(1L << bits) - 1})";

    private static string Time(int seed) => $"TIMESTAMPTZ '2020-01-01 00:00:00+00' + {Bits(seed, 47)} * INTERVAL '1 microsecond'";
}
