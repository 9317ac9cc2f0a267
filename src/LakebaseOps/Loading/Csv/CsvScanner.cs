namespace LakebaseOps.Loading.Csv;

/// <summary>
/// Follows quotes through CSV bytes piece by piece, from the beginning of a record on: the one thing a reader must know to cut
/// anywhere. A quote toggles wherever it stands, as in the server, so between two places only the number of quotes matters; only
/// escapes other than the quote need a closer look.
/// </summary>
/// <param name="dialect">The dialect.</param>
/// <param name="end">What ends a line.</param>
internal sealed class CsvScanner(CsvDialect dialect, LineEnd end)
{
    private readonly byte _quote = dialect.Quote;
    private readonly byte _escape = dialect.Escape;
    private readonly byte _terminator = end == LineEnd.Return ? (byte)'\r' : (byte)'\n';
    private bool _quoted;
    private bool _escaped;

    /// <summary>Offset behind the first line end outside quotes, and its kind; -1 when there is none.</summary>
    /// <param name="data">Bytes that begin at a record.</param>
    /// <param name="dialect">The dialect.</param>
    /// <param name="isAll">Whether no bytes follow.</param>
    /// <param name="end">What ended the line.</param>
    public static int FirstEnd(ReadOnlySpan<byte> data, CsvDialect dialect, bool isAll, out LineEnd end)
    {
        CsvScanner scanner = new(dialect, LineEnd.Feed);
        end = LineEnd.Feed;
        for (int at = 0; at >= 0;)
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

            scanner._quoted = true;
            at = scanner.Cross(data, at + 1);
        }

        return -1;
    }

    /// <summary>Goes over bytes without looking for ends of records.</summary>
    public void Skip(ReadOnlySpan<byte> data)
    {
        if (_escape == _quote)
        {
            _quoted ^= (data.Count(_quote) & 1) != 0;
            return;
        }

        for (int at = 0; at >= 0;)
            at = Cross(data, at);
    }

    /// <summary>Goes on to the first end of a record: the offset behind it, or -1 when all bytes were gone over.</summary>
    public int FindEnd(ReadOnlySpan<byte> data)
    {
        for (int at = 0; at >= 0;)
        {
            if (!_quoted)
            {
                int found = data[at..].IndexOfAny(_quote, _terminator);
                if (found < 0)
                    return -1;
                at += found + 1;
                if (data[at - 1] == _terminator)
                    return at;
                _quoted = true;
            }

            at = Cross(data, at);
        }

        return -1;
    }

    /// <summary>Goes over bytes: the offset behind the last end of a record in them, or 0 when there is none.</summary>
    public int FindLastEnd(ReadOnlySpan<byte> data)
    {
        int last = 0;
        for (int at = 0; ;)
        {
            bool outside = !_quoted;
            int next = Cross(data, at);
            int found = outside ? data[at..(next < 0 ? data.Length : next - 1)].LastIndexOf(_terminator) : -1;
            if (found >= 0)
                last = at + found + 1;
            if (next < 0)
                return last;
            at = next;
        }
    }

    /// <summary>Goes behind the next quote that opens or closes; -1 when all bytes were gone over.</summary>
    private int Cross(ReadOnlySpan<byte> data, int at)
    {
        while (true)
        {
            if (_escaped)
            {
                // Whatever follows an escape means nothing: a quote or an escape is a character then, all else is one anyway.
                if (at >= data.Length)
                    return -1;
                _escaped = false;
                at++;
            }

            int found = _quoted && _escape != _quote ? data[at..].IndexOfAny(_quote, _escape) : data[at..].IndexOf(_quote);
            if (found < 0)
                return -1;
            at += found + 1;
            if (data[at - 1] == _quote)
            {
                _quoted = !_quoted;
                return at;
            }

            _escaped = true;
        }
    }
}
