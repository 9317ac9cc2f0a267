namespace LakebaseOps.Loading.Csv;

/// <summary>
/// Follows quotes through CSV bytes piece by piece, from the beginning of a record on. A quote toggles wherever it stands, as
/// in the server, so between two places only the number of quotes matters; only escapes other than the quote need a closer look.
/// </summary>
/// <param name="dialect">The dialect.</param>
/// <param name="end">What ends a line.</param>
internal sealed class CsvScanner(CsvDialect dialect, LineEnd end)
{
    private readonly byte _terminator = end == LineEnd.Return ? (byte)'\r' : (byte)'\n';
    private bool _quoted;
    private bool _escaped;

    /// <summary>Goes over bytes without looking for ends of records.</summary>
    public void Skip(ReadOnlySpan<byte> data)
    {
        if (dialect.Escape == dialect.Quote)
            _quoted ^= (data.Count(dialect.Quote) & 1) != 0;
        else
            Step(data, stop: false);
    }

    /// <summary>Goes on to the first end of a record: the offset behind it, or -1 when all bytes were gone over.</summary>
    public int FindEnd(ReadOnlySpan<byte> data) => Step(data, stop: true);

    private int Step(ReadOnlySpan<byte> data, bool stop)
    {
        bool apart = dialect.Escape != dialect.Quote;
        int at = 0;
        while (at < data.Length)
        {
            if (_escaped)
            {
                // Only a quote or an escape can be escaped; before anything else the escape is an ordinary character.
                _escaped = false;
                if (data[at] == dialect.Quote || data[at] == dialect.Escape)
                {
                    at++;
                    continue;
                }
            }

            ReadOnlySpan<byte> rest = data[at..];
            int found = !_quoted && stop ? rest.IndexOfAny(dialect.Quote, _terminator)
                : _quoted && apart ? rest.IndexOfAny(dialect.Quote, dialect.Escape)
                : rest.IndexOf(dialect.Quote);
            if (found < 0)
                break;
            byte value = rest[found];
            at += found + 1;
            if (value == dialect.Quote)
                _quoted = !_quoted;
            else if (value == dialect.Escape && _quoted)
                _escaped = true;
            else
                return at;
        }

        return -1;
    }
}
