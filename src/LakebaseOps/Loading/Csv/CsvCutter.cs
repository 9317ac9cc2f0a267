namespace LakebaseOps.Loading.Csv;

/// <summary>Finds ends of records in CSV bytes that begin at a record: the one thing a reader must know to cut anywhere.</summary>
internal static class CsvCutter
{
    /// <summary>
    /// Offset behind the last line end outside quotes, or 0 when there is none; a quote toggles wherever it stands, as in
    /// the server.
    /// </summary>
    /// <param name="data">Bytes that begin at a record.</param>
    /// <param name="dialect">The dialect.</param>
    /// <param name="end">What ends a line.</param>
    /// <param name="quoted">True when the bytes end within quotes.</param>
    public static int LastEnd(ReadOnlySpan<byte> data, CsvDialect dialect, LineEnd end, out bool quoted)
    {
        byte terminator = end == LineEnd.Return ? (byte)'\r' : (byte)'\n';
        int last = 0;
        int at = 0;
        while (true)
        {
            int open = data[at..].IndexOf(dialect.Quote);
            ReadOnlySpan<byte> outside = open < 0 ? data[at..] : data.Slice(at, open);
            int found = outside.LastIndexOf(terminator);
            if (found >= 0)
                last = at + found + 1;
            if (open < 0)
            {
                quoted = false;
                return last;
            }

            at = Closed(data, at + open + 1, dialect);
            if (at < 0)
            {
                quoted = true;
                return last;
            }
        }
    }

    /// <summary>Offset behind the first line end outside quotes, and its kind; -1 when there is none.</summary>
    public static int FirstEnd(ReadOnlySpan<byte> data, CsvDialect dialect, bool isAll, out LineEnd end)
    {
        end = LineEnd.Feed;
        int at = 0;
        while (true)
        {
            int found = data[at..].IndexOfAny(dialect.Quote, (byte)'\n', (byte)'\r');
            if (found < 0)
                return -1;
            at += found;
            if (data[at] == (byte)'\n')
                return at + 1;
            if (data[at] == (byte)'\r')
            {
                if (at + 1 >= data.Length && !isAll)
                    return -1;
                bool both = at + 1 < data.Length && data[at + 1] == (byte)'\n';
                end = both ? LineEnd.ReturnFeed : LineEnd.Return;
                return at + (both ? 2 : 1);
            }

            at = Closed(data, at + 1, dialect);
            if (at < 0)
                return -1;
        }
    }

    /// <summary>Offset behind the quote that closes; -1 when none does.</summary>
    private static int Closed(ReadOnlySpan<byte> data, int at, CsvDialect dialect)
    {
        while (at < data.Length)
        {
            int found = dialect.Escape == dialect.Quote
                ? data[at..].IndexOf(dialect.Quote)
                : data[at..].IndexOfAny(dialect.Quote, dialect.Escape);
            if (found < 0)
                return -1;
            at += found;
            if (data[at] == dialect.Quote)
                return at + 1;
            at += 2;
        }

        return -1;
    }
}
