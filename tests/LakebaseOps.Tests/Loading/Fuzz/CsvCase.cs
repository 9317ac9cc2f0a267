using System.Text;
using LakebaseOps.Loading.Csv;

namespace LakebaseOps.Tests.Loading.Fuzz;

/// <summary>Random CSV bytes with a random dialect, and what our reader makes of them.</summary>
internal sealed record CsvCase(byte[] Bytes, int Columns, CsvDialect Dialect, bool HasHeader)
{
    private static readonly byte[] Mark = [0xEF, 0xBB, 0xBF];

    /// <summary>The case of a number: always the same one.</summary>
    public static CsvCase Make(int number)
    {
        Random random = new(number);
        byte quote = Any(random, "\"\"\"'\\");
        byte delimiter = Any(random, ",,,;\t.a");
        byte escape = random.Next(3) > 0 ? quote : Any(random, "\\\"'" + (char)delimiter);
        byte[] nullText = Encoding.UTF8.GetBytes(random.Next(5) switch { 0 => "b", 1 => "\\N", 2 => "é", _ => "" });
        if (nullText.Contains(quote) || nullText.Contains(delimiter))
            nullText = [];
        int columns = random.Next(1, 5);
        CsvDialect dialect = new(delimiter, quote, escape)
        {
            Null = nullText,
            Header = CsvHeader.None,
            Fields = [.. Enumerable.Range(0, columns).Select(column => new CsvField(column, random.Next(4) == 0, random.Next(4) == 0))],
        };
        byte[] bytes = random.Next(4) == 0
            ? Soup(random, random.Next(40), dialect)
            : Structured(random, dialect, columns);
        if (random.Next(40) == 0)
            bytes = [.. Mark, .. bytes];
        return new CsvCase(WithoutEndOfData(bytes), columns, dialect, random.Next(6) == 0);
    }

    /// <summary>The bytes as the server should get them: it takes a byte order mark for data.</summary>
    public ReadOnlySpan<byte> Unmarked => Bytes.AsSpan(Bytes.AsSpan().StartsWith(Mark) ? 3 : 0);

    /// <summary>The options of the server's COPY.</summary>
    public string Options()
    {
        List<string> options =
        [
            "FORMAT csv", $"DELIMITER {Literal([Dialect.Delimiter])}", $"QUOTE {Literal([Dialect.Quote])}",
            $"ESCAPE {Literal([Dialect.Escape])}", $"NULL {Literal(Dialect.Null)}", $"HEADER {HasHeader}",
        ];
        Force("FORCE_NULL", field => field.ForceNull);
        Force("FORCE_NOT_NULL", field => field.ForceNotNull);
        return string.Join(", ", options);

        void Force(string name, Func<CsvField, bool> isForced)
        {
            string[] names = [.. Dialect.Fields!.Where(isForced).Select(field => $"c{field.Column + 1}")];
            if (names.Length > 0)
                options.Add($"{name} ({string.Join(", ", names)})");
        }
    }

    /// <summary>
    /// True when a quote of the header is never closed. The server then takes the whole input for the header and loads
    /// nothing without a word; we refuse it.
    /// </summary>
    public bool HasOpenHeader => HasHeader && Unmarked.Length > 0 && HeaderFault(Unmarked.ToArray(), out _, out _)?.SqlState == "22P04";

    /// <summary>The rows our reader sees when the bytes are cut into chunks of a size, or the SQLSTATE of its refusal.</summary>
    public (List<string?[]> Rows, string? State) Read(int chunkBytes)
    {
        byte[] data = Unmarked.ToArray();
        List<string?[]> rows = [];
        try
        {
            if (HeaderFault(data, out int from, out LineEnd lineEnd) is { } fault)
                throw fault;
            CsvRecords records = new(Dialect, Columns);
            foreach (int to in Cuts(data, from, lineEnd, chunkBytes))
            {
                records.Open(data, from, to, lineEnd);
                while (records.Read())
                    rows.Add([.. Enumerable.Range(0, Columns).Select(column => records.IsNull(column) ? null : Encoding.UTF8.GetString(records[column]))]);
                from = to;
            }
        }
        catch (CsvFault fault)
        {
            return (rows, fault.SqlState);
        }

        return (rows, null);
    }

    private CsvFault? HeaderFault(byte[] data, out int from, out LineEnd lineEnd)
    {
        int first = CsvCutter.FirstEnd(data, Dialect, isAll: true, out lineEnd);
        from = !HasHeader ? 0 : first < 0 ? data.Length : first;
        CsvRecords header = new(Dialect with { Fields = null }, columns: 100, exact: false);
        header.Open(data, 0, from, lineEnd);
        try
        {
            header.Read();
            return null;
        }
        catch (CsvFault fault)
        {
            return fault;
        }
    }

    /// <summary>Ends of chunks: where a reader that sees so many bytes at a time cuts.</summary>
    public IEnumerable<int> Cuts(byte[] data, int from, LineEnd lineEnd, int chunkBytes)
    {
        while (from < data.Length)
        {
            int length = 0;
            for (int seen = chunkBytes; length == 0; seen += chunkBytes)
            {
                length = seen < data.Length - from
                    ? CsvCutter.LastEnd(data.AsSpan(from, seen), Dialect, lineEnd, out _)
                    : data.Length - from;
            }

            from += length;
            yield return from;
        }
    }

    /// <summary>What a person needs to see of a case that went wrong.</summary>
    public override string ToString() => $"{Literal(Bytes)} with {Columns} columns ({Options()})";

    /// <summary>Records of about the right number of fields, and seldom worse.</summary>
    private static byte[] Structured(Random random, CsvDialect dialect, int columns)
    {
        byte[] end = random.Next(3) switch { 0 => "\r\n"u8.ToArray(), 1 => "\r"u8.ToArray(), _ => "\n"u8.ToArray() };
        List<byte> bytes = [];
        int records = random.Next(7);
        for (int record = 0; record < records; record++)
        {
            int fields = random.Next(30) == 0 ? random.Next(6) : columns;
            for (int field = 0; field < fields; field++)
            {
                if (field > 0)
                    bytes.Add(dialect.Delimiter);
                bytes.AddRange(Field(random, dialect));
            }

            if (record < records - 1 || random.Next(3) > 0)
                bytes.AddRange(random.Next(60) == 0 ? "\n"u8.ToArray() : end);
        }

        return [.. bytes];
    }

    private static byte[] Field(Random random, CsvDialect dialect)
    {
        byte quote = dialect.Quote;
        switch (random.Next(8))
        {
            case 0:
                return dialect.Null;
            case 1:
                return [quote, .. dialect.Null, quote];
            case 2:
                // Long enough to go over the edge of a block of marks.
                return [quote, .. Enumerable.Repeat((byte)'x', random.Next(130)), dialect.Escape, quote, .. "\n"u8, quote];
            case 3:
                return [.. "a"u8, quote, .. Inner(random, dialect), quote, .. " é"u8];
            case 4:
                return [quote, .. Inner(random, dialect), quote];
            case 5:
                return random.Next(10) == 0 ? Soup(random, random.Next(6), dialect) : "1"u8.ToArray();
            default:
                return Encoding.UTF8.GetBytes(new[] { " ", "é", "aé", "\\", "\\.", "\\x", "日本", "", "b" }[random.Next(9)]);
        }
    }

    /// <summary>What may stand within quotes.</summary>
    private static byte[] Inner(Random random, CsvDialect dialect)
    {
        List<byte> bytes = [];
        for (int i = random.Next(5); i > 0; i--)
        {
            switch (random.Next(6))
            {
                case 0:
                    bytes.AddRange([dialect.Escape, dialect.Quote]);
                    break;
                case 1:
                    bytes.AddRange([dialect.Escape, dialect.Escape]);
                    break;
                case 2:
                    bytes.AddRange([dialect.Delimiter, (byte)'\r', (byte)'\n']);
                    break;
                default:
                    bytes.Add(Any(random, "a\n\r \\."));
                    break;
            }
        }

        return [.. bytes];
    }

    private static byte[] Soup(Random random, int length, CsvDialect dialect)
    {
        List<byte> bytes = [];
        for (int i = 0; i < length; i++)
        {
            switch (random.Next(14))
            {
                case < 3:
                    bytes.Add(dialect.Quote);
                    break;
                case 3:
                    bytes.Add(dialect.Escape);
                    break;
                case < 6:
                    bytes.Add(dialect.Delimiter);
                    break;
                case 6:
                    bytes.AddRange(dialect.Null);
                    break;
                case 7:
                    bytes.AddRange("é"u8.ToArray());
                    break;
                // Not behind what the server looks ahead from: it would stumble over the next line's byte in this one.
                case 8 when random.Next(12) == 0 && bytes is not [.., (byte)'\r' or (byte)'\\']:
                    bytes.Add(new byte[] { 0, 0xFF, 0xC3, 0xE2 }[random.Next(4)]);
                    break;
                default:
                    bytes.Add(Any(random, "a\n\n\n\r \\."));
                    break;
            }
        }

        return [.. bytes];
    }

    /// <summary>
    /// Takes out the one thing that is left out on purpose: servers before 18 end their input at a line of \. alone and lose
    /// what follows; for a loader of files it is data.
    /// </summary>
    private static byte[] WithoutEndOfData(byte[] bytes)
    {
        for (int i = 0; i + 2 < bytes.Length; i++)
        {
            if (bytes[i] == '\\' && bytes[i + 1] == '.' && bytes[i + 2] is (byte)'\r' or (byte)'\n')
                bytes[i + 1] = (byte)'b';
        }

        return bytes;
    }

    private static byte Any(Random random, string of) => (byte)of[random.Next(of.Length)];

    private static string Literal(byte[] bytes)
    {
        StringBuilder text = new("E'");
        foreach (byte value in bytes)
            text.Append(value is >= 32 and < 127 and not (byte)'\'' and not (byte)'\\' ? ((char)value).ToString() : $"\\x{value:x2}");
        return text.Append('\'').ToString();
    }
}
