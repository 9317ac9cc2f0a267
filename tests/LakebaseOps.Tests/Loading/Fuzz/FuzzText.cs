using System.Globalization;
using System.Text;

namespace LakebaseOps.Tests.Loading.Fuzz;

/// <summary>Makes texts of a type: good ones, borderline ones and broken ones.</summary>
internal sealed class FuzzText(Random random)
{
    /// <summary>A text that a person or a program might give for a value of the family.</summary>
    public string Next(string family)
    {
        string text = random.Next(8) == 0 ? Pick(FuzzEdges.Of(family)) : Valid(family);
        return random.Next(10) switch
        {
            0 or 1 => Mutate(text, FuzzEdges.Alphabet(family)),
            2 => Mutate(Mutate(text, FuzzEdges.Alphabet(family)), FuzzEdges.Alphabet(family)),
            3 when random.Next(4) == 0 => Soup(FuzzEdges.Alphabet(family)),
            _ => text,
        };
    }

    private string Valid(string family) => family switch
    {
        "boolean" => Pick(["t", "f", "true", "false", "TRUE", "1", "0", "yes", "off", "tr"]),
        "integer" => (random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(64)).ToString(CultureInfo.InvariantCulture),
        "float" => Float(),
        "numeric" => Numeric(),
        "text" => string.Concat(Enumerable.Range(0, random.Next(16)).Select(_ => Pick(["a", "B", " ", "\\", "\t", "\n", "ü", "€", "𝄞", "{", "\"", ",", "NULL", "\u0301"]))),
        "bytea" => Bytea(),
        "uuid" => Uuid(),
        "date" => Date(),
        "time" => Clock(),
        "timetz" => Clock() + Zone(),
        "timestamp" => Date() + Pick([" ", "T"]) + Clock(),
        "timestamptz" => Date() + Pick([" ", "T"]) + Clock() + Zone(),
        "interval" => Interval(),
        "json" => Json(2),
        "network" => Network(),
        "enum" => Pick(["red", "green", "light blue", "{x}", "NULL", "Ü"]),
        _ when family.EndsWith("[]", StringComparison.Ordinal) => Array(family[..^2]),
        _ => throw new ArgumentOutOfRangeException(nameof(family), family, "unknown family"),
    };

    private string Float() => random.Next(6) switch
    {
        0 => BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue)).ToString("R", CultureInfo.InvariantCulture),
        1 => BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue)).ToString("R", CultureInfo.InvariantCulture),
        // Halfway between two floats or doubles and a hair beside it: rounding twice would show here.
        2 => ((double)random.Next(1 << 24, 1 << 25) + 0.5).ToString("F1", CultureInfo.InvariantCulture) + new string('0', random.Next(12)) + random.Next(2),
        3 => (9007199254740992 + random.Next(64)).ToString(CultureInfo.InvariantCulture) + Pick([".5", ".50000000000000000001", ".49999999", "e-3", "e20", ""]),
        4 => random.NextDouble().ToString("F" + random.Next(20), CultureInfo.InvariantCulture),
        _ => $"{Sign()}{Figures(20)}.{Figures(20)}e{random.Next(-330, 330)}",
    };

    private string Numeric() => random.Next(5) switch
    {
        0 => Sign() + Figures(9),
        1 => $"{Sign()}{Figures(40)}.{Figures(40)}",
        2 => $"{Sign()}{Figures(3)}.{Figures(5)}e{random.Next(-30, 30)}",
        3 => $"{Sign()}{new string('0', random.Next(9))}{Figures(2)}.{new string('0', random.Next(9))}{Figures(2)}{new string('0', random.Next(9))}",
        _ => $"{Sign()}{Figures(4)}.{Figures(3)}",
    };

    private string Bytea()
    {
        byte[] bytes = new byte[random.Next(20)];
        random.NextBytes(bytes);
        return random.Next(3) == 0
            ? string.Concat(bytes.Select(value => value is > 31 and < 127 and not 92 ? ((char)value).ToString() : value == 92 ? "\\\\" : "\\" + Convert.ToString(value, 8).PadLeft(3, '0')))
            : "\\x" + (random.Next(2) == 0 ? Convert.ToHexString(bytes) : Convert.ToHexStringLower(bytes));
    }

    private string Uuid()
    {
        byte[] bytes = new byte[16];
        random.NextBytes(bytes);
        string text = new Guid(bytes).ToString(Pick(["D", "D", "N", "B"]));
        return random.Next(3) == 0 ? text.ToUpperInvariant() : text;
    }

    private string Date() => random.Next(8) == 0
        ? string.Create(CultureInfo.InvariantCulture, $"{random.Next(0, 10100):D4}-{random.Next(0, 14):D2}-{random.Next(0, 33):D2}")
        : new DateTime(random.NextInt64(DateTime.MaxValue.Ticks)).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private string Clock()
    {
        string text = string.Create(CultureInfo.InvariantCulture, $"{random.Next(25):D2}:{random.Next(random.Next(9) == 0 ? 62 : 60):D2}");
        if (random.Next(5) == 0)
            return text;
        text += string.Create(CultureInfo.InvariantCulture, $":{random.Next(random.Next(9) == 0 ? 62 : 60):D2}");
        return random.Next(3) == 0 ? text : text + "." + Figures(random.Next(6) == 0 ? 9 : 6);
    }

    private string Zone() => random.Next(7) switch
    {
        0 => "",
        1 => "Z",
        2 => " UTC",
        3 => string.Create(CultureInfo.InvariantCulture, $"{Pick(["+", "-"])}{random.Next(17):D2}{random.Next(62):D2}"),
        4 => string.Create(CultureInfo.InvariantCulture, $"{Pick(["+", "-"])}{random.Next(17):D2}:{random.Next(62):D2}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{Pick(["+", "-"])}{random.Next(16):D2}"),
    };

    private string Interval()
    {
        if (random.Next(4) == 0)
        {
            string date = string.Concat("YMWD".Where(_ => random.Next(2) == 0).Select(unit => Signed() + unit));
            string time = string.Concat("HMS".Where(_ => random.Next(2) == 0).Select(unit => Signed() + (unit == 'S' && random.Next(2) == 0 ? "." + Figures(7) : "") + unit));
            return "P" + date + (time.Length > 0 ? "T" + time : "");
        }

        List<string> parts = [];
        foreach (string unit in (string[])["year", "mon", "month", "week", "day", "hour", "minute", "second"])
        {
            if (random.Next(4) == 0)
                parts.Add($"{Signed()} {unit}{Pick(["", "s"])}");
        }

        if (random.Next(2) == 0 || parts.Count == 0)
            parts.Add(Pick(["", "", "-", "+"]) + (random.Next(5) == 0 ? random.Next(2000).ToString(CultureInfo.InvariantCulture) + ":10:20" : Clock()));
        return string.Join(' ', parts);
    }

    private string Json(int depth) => random.Next(depth > 0 ? 8 : 5) switch
    {
        0 => Numeric(),
        1 => Pick(["true", "false", "null"]),
        2 => "\"" + Pick(["", "a\\u0041", "ü", "\\ud834\\udd1e", "\\n\\\"", "tab\\t"]) + "\"",
        3 => "{}",
        4 => "[]",
        5 => "[" + string.Join(Pick([",", " , "]), Enumerable.Range(0, random.Next(4)).Select(_ => Json(depth - 1))) + "]",
        _ => "{" + string.Join(",", Enumerable.Range(0, random.Next(4)).Select(_ => $"\"{Pick(["a", "b", "b", "ü"])}\":{Json(depth - 1)}")) + "}",
    };

    private string Network()
    {
        if (random.Next(2) == 0)
        {
            string four = string.Join('.', Enumerable.Range(0, 4).Select(_ => random.Next(random.Next(20) == 0 ? 300 : 256)));
            return random.Next(3) == 0 ? four : Pick([$"{four}/{random.Next(34)}", $"{four}/32", "10.0.0.0/8", "192.168.0.0/16"]);
        }

        string[] groups = [.. Enumerable.Range(0, 8).Select(_ => random.Next(3) == 0 ? "0" : random.Next(65536).ToString(Pick(["x", "X", "x4"]), CultureInfo.InvariantCulture))];
        int from = random.Next(9);
        int to = random.Next(from, 9);
        string six = random.Next(3) == 0 ? string.Join(':', groups) : string.Join(':', groups[..from]) + "::" + string.Join(':', groups[to..]);
        return random.Next(3) == 0 ? six : Pick([$"{six}/{random.Next(130)}", $"{six}/128", "fe80::/10"]);
    }

    private string Array(string family)
    {
        IEnumerable<string> elements = Enumerable.Range(0, random.Next(5)).Select(_ => random.Next(7) switch
        {
            0 => Pick(["NULL", "null", "Null", "\"NULL\""]),
            1 or 2 => Quoted(Next(family)),
            3 => Pick(["", " "]) + Next(family) + Pick(["", " "]),
            _ when family is "text" or "json" or "enum" or "bytea" => Quoted(Next(family)),
            _ => Next(family),
        });
        return "{" + string.Join(random.Next(20) == 0 ? ", " : ",", elements) + "}";
    }

    private static string Quoted(string text) =>
        "\"" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";

    private string Mutate(string text, string alphabet)
    {
        StringBuilder changed = new(text);
        int at = random.Next(text.Length + 1);
        switch (random.Next(4))
        {
            case 0 when at < text.Length:
                changed.Remove(at, 1);
                break;
            case 1 when at < text.Length:
                changed[at] = alphabet[random.Next(alphabet.Length)];
                break;
            case 2 when text.Length > 0:
                int from = random.Next(text.Length);
                changed.Insert(at, text[from..random.Next(from, text.Length)]);
                break;
            default:
                changed.Insert(at, alphabet[random.Next(alphabet.Length)]);
                break;
        }

        // A halved surrogate pair is no text that could be sent.
        string result = changed.ToString();
        return result.EnumerateRunes().Any(rune => rune == Rune.ReplacementChar) ? text : result;
    }

    private string Soup(string alphabet) =>
        string.Concat(Enumerable.Range(0, random.Next(9)).Select(_ => alphabet[random.Next(alphabet.Length)]));

    private string Sign() => Pick(["", "", "-", "+"]);

    private string Signed() => Pick(["", "", "-", "+"]) + Figures(random.Next(20) == 0 ? 11 : 3);

    private string Figures(int most) =>
        string.Concat(Enumerable.Range(0, random.Next(1, most + 1)).Select(_ => (char)('0' + random.Next(10))));

    private T Pick<T>(IReadOnlyList<T> items) => items[random.Next(items.Count)];
}
