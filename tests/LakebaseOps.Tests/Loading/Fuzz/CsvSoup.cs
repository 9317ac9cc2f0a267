using System.Text;
using LakebaseOps.Loading.Csv;

namespace LakebaseOps.Tests.Loading.Fuzz;

/// <summary>Makes random CSV.</summary>
internal static class CsvSoup
{
    /// <summary>Records of about the right number of fields, and seldom worse.</summary>
    public static byte[] Structured(Random random, CsvDialect dialect, int columns)
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

    /// <summary>Bytes that mean something, in any order.</summary>
    public static byte[] Soup(Random random, int length, CsvDialect dialect)
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
    public static byte[] WithoutEndOfData(byte[] bytes)
    {
        for (int i = 0; i + 2 < bytes.Length; i++)
        {
            if (bytes[i] == '\\' && bytes[i + 1] == '.' && bytes[i + 2] is (byte)'\r' or (byte)'\n')
                bytes[i + 1] = (byte)'b';
        }

        return bytes;
    }

    /// <summary>One of some characters.</summary>
    public static byte Any(Random random, string of) => (byte)of[random.Next(of.Length)];
}
