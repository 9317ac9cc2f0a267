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
        byte quote = CsvSoup.Any(random, "\"\"\"'\\");
        byte delimiter = CsvSoup.Any(random, ",,,;\t.a");
        byte escape = random.Next(3) > 0 ? quote : CsvSoup.Any(random, "\\\"'" + (char)delimiter);
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
            ? CsvSoup.Soup(random, random.Next(40), dialect)
            : CsvSoup.Structured(random, dialect, columns);
        if (random.Next(40) == 0)
            bytes = [.. Mark, .. bytes];
        return new CsvCase(CsvSoup.WithoutEndOfData(bytes), columns, dialect, random.Next(6) == 0);
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
        Force("FORCE_NULL", Forced(field => field.ForceNull));
        Force("FORCE_NOT_NULL", Forced(field => field.ForceNotNull));
        return string.Join(", ", options);

        void Force(string name, string[] columns)
        {
            if (columns.Length > 0)
                options.Add($"{name} ({string.Join(", ", columns)})");
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
        int first = CsvScanner.FirstEnd(data, Dialect, isAll: true, out lineEnd);
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
                    ? new CsvScanner(Dialect, lineEnd).FindLastEnd(data.AsSpan(from, seen))
                    : data.Length - from;
            }

            from += length;
            yield return from;
        }
    }

    /// <summary>Ends of records as our reader sees them in one piece.</summary>
    public int[] Ends(byte[] data, LineEnd lineEnd)
    {
        CsvRecords records = new(Dialect, Columns);
        records.Open(data, 0, data.Length, lineEnd);
        List<int> ends = [];
        while (records.Skip())
            ends.Add(records.Position);
        return [.. ends];
    }

    /// <summary>Ends of records as the scanner finds them that cuts files ahead and sees so many bytes at a time.</summary>
    public int[] Scan(byte[] data, LineEnd lineEnd, int size)
    {
        CsvScanner scanner = new(Dialect, lineEnd);
        List<int> ends = [];
        int at = 0;
        while (at < data.Length)
        {
            int piece = Math.Min(size, data.Length - at);
            int end = scanner.FindEnd(data.AsSpan(at, piece));
            at += end < 0 ? piece : end;
            if (end >= 0)
                ends.Add(at);
        }

        if (ends.LastOrDefault() < data.Length)
            ends.Add(data.Length);
        return [.. ends];
    }

    /// <summary>The load of a file with these bytes.</summary>
    public BulkLoadOptions Load(string table, string file) => new()
    {
        Table = table,
        Path = [file],
        SkipVacuum = true,
        Header = HasHeader ? CsvHeader.Skip : CsvHeader.None,
        Delimiter = ((char)Dialect.Delimiter).ToString(),
        Quote = ((char)Dialect.Quote).ToString(),
        Escape = ((char)Dialect.Escape).ToString(),
        Null = Encoding.UTF8.GetString(Dialect.Null),
        ForceNull = Forced(field => field.ForceNull),
        ForceNotNull = Forced(field => field.ForceNotNull),
    };

    private string[] Forced(Func<CsvField, bool> isForced) => [.. Dialect.Fields!.Where(isForced).Select(field => $"c{field.Column + 1}")];

    /// <summary>What a person needs to see of a case that went wrong.</summary>
    public override string ToString() => $"{Literal(Bytes)} with {Columns} columns ({Options()})";

    private static string Literal(byte[] bytes)
    {
        StringBuilder text = new("E'");
        foreach (byte value in bytes)
            text.Append(value is >= 32 and < 127 and not (byte)'\'' and not (byte)'\\' ? ((char)value).ToString() : $"\\x{value:x2}");
        return text.Append('\'').ToString();
    }
}
