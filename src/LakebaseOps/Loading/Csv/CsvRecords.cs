using System.Buffers;
using System.Runtime.CompilerServices;

namespace LakebaseOps.Loading.Csv;

/// <summary>
/// Takes CSV bytes apart into records and fields exactly as the server's COPY does (CopyReadAttributesCSV): quotes may
/// begin anywhere in a field, NULL is an unquoted field equal to the null text. Keeps no field: each is a range of the data.
/// </summary>
/// <param name="dialect">The dialect.</param>
/// <param name="columns">Fields of a record.</param>
/// <param name="exact">False takes records of fewer fields too.</param>
internal sealed class CsvRecords(CsvDialect dialect, int columns, bool exact = true)
{
    private readonly Field[] _fields = new Field[columns];
    private readonly SearchValues<byte> _stops = SearchValues.Create([dialect.Delimiter, dialect.Quote, (byte)'\n', (byte)'\r']);
    private byte[] _data = [];
    private byte[] _scratch = new byte[256];
    private int _scratchAt;
    private int _at;
    private int _end;
    private LineEnd _lineEnd;
    private long _record;

    /// <summary>Offset in the data where the current record begins.</summary>
    public int Start { get; private set; }

    /// <summary>Offset behind what was read so far.</summary>
    public int Position => _at;

    /// <summary>Fields of the current record, at most the wanted number of columns.</summary>
    public int Count { get; private set; }

    /// <summary>Begins to read a part of a buffer that holds whole records.</summary>
    public void Open(byte[] data, int from, int to, LineEnd lineEnd)
    {
        _data = data;
        _at = from;
        _end = to;
        _lineEnd = lineEnd;
        _record = -1;
    }

    /// <summary>Goes to the next record; false behind the last.</summary>
    /// <exception cref="CsvFault">The record is not one of that many columns.</exception>
    public bool Read()
    {
        Count = 0;
        _scratchAt = 0;
        if (_at >= _end)
            return false;
        Start = _at;
        _record++;
        while (true)
        {
            if (Count == _fields.Length)
                throw new CsvFault(_record, Count, "22P04", "extra data after last expected column");
            if (ReadField())
                break;
        }

        if (exact && Count < _fields.Length)
            throw new CsvFault(_record, Count, "22P04", $"missing data: {Count} of {_fields.Length} columns");
        return true;
    }

    /// <summary>Goes to the next record as far as <see cref="Start"/> matters, whatever it holds.</summary>
    public bool Skip()
    {
        if (_at >= _end)
            return false;
        Start = _at;
        int length = CsvCutter.FirstEnd(_data.AsSpan(_at, _end - _at), dialect, isAll: true, out _);
        _at = length < 0 ? _end : _at + length;
        return true;
    }

    /// <summary>The bytes of a field; meaningless when it is NULL.</summary>
    public ReadOnlySpan<byte> this[int index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            ref Field field = ref _fields[index];
            return new ReadOnlySpan<byte>(field.Kind == FieldKind.Unescaped ? _scratch : _data, field.From, field.Length);
        }
    }

    /// <summary>True when a field is NULL.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool IsNull(int index) => _fields[index].Kind == FieldKind.Null;

    /// <summary>Reads one field; true when the record ends with it.</summary>
    private bool ReadField()
    {
        ReadOnlySpan<byte> rest = _data.AsSpan(_at, _end - _at);
        int found = rest.IndexOfAny(_stops);
        byte stop = found < 0 ? (byte)'\n' : rest[found];
        if (found >= 0 && stop == dialect.Quote)
            return ReadQuoted(found);
        int length = found < 0 ? rest.Length : found;
        ReadOnlySpan<byte> field = rest[..length];
        bool isNull = field.Length == dialect.Null.Length && field.SequenceEqual(dialect.Null);
        _fields[Count++] = new Field(_at, length, isNull ? FieldKind.Null : FieldKind.Plain);
        if (found < 0)
        {
            _at = _end;
            return true;
        }

        return Stop(_at + length);
    }

    /// <summary>Steps over a delimiter or line end; true for the latter.</summary>
    private bool Stop(int at)
    {
        byte stop = _data[at];
        _at = at + 1;
        if (stop == dialect.Delimiter)
            return false;
        if (stop == (byte)'\r')
        {
            if (_lineEnd == LineEnd.Return)
                return true;
            if (_lineEnd == LineEnd.Feed || _at >= _end || _data[_at] != (byte)'\n')
                throw new CsvFault(_record, Count - 1, "22P04", "unquoted carriage return found in data");
            _at++;
            return true;
        }

        return _lineEnd == LineEnd.Feed
            ? true
            : throw new CsvFault(_record, Count - 1, "22P04", "unquoted newline found in data");
    }

    private bool ReadQuoted(int quoteAt)
    {
        if (quoteAt == 0 && dialect.Quote == dialect.Escape)
        {
            // The usual case: the whole field in quotes and no quote within.
            int length = _data.AsSpan(_at + 1, _end - _at - 1).IndexOf(dialect.Quote);
            int behind = _at + length + 2;
            if (length >= 0 && (behind >= _end || _data[behind] is var next && (next == dialect.Delimiter || next is (byte)'\n' or (byte)'\r')))
            {
                _fields[Count++] = new Field(_at + 1, length, FieldKind.Quoted);
                if (behind < _end)
                    return Stop(behind);
                _at = _end;
                return true;
            }
        }

        return Unescape();
    }

    private bool Unescape()
    {
        int from = _scratchAt;
        bool quoted = false;
        int at = _at;
        while (true)
        {
            if (at >= _end)
            {
                if (quoted)
                    throw new CsvFault(_record, Count, "22P04", "unterminated CSV quoted field");
                break;
            }

            byte value = _data[at];
            if (quoted && value == dialect.Escape && at + 1 < _end
                && (_data[at + 1] == dialect.Escape || _data[at + 1] == dialect.Quote))
            {
                Keep(_data[at + 1]);
                at += 2;
                continue;
            }

            if (value == dialect.Quote)
                quoted = !quoted;
            else if (!quoted && (value == dialect.Delimiter || value is (byte)'\n' or (byte)'\r'))
                break;
            else
                Keep(value);
            at++;
        }

        _fields[Count++] = new Field(from, _scratchAt - from, FieldKind.Unescaped);
        if (at < _end)
            return Stop(at);
        _at = _end;
        return true;
    }

    private void Keep(byte value)
    {
        if (_scratchAt == _scratch.Length)
            Array.Resize(ref _scratch, _scratch.Length * 2);
        _scratch[_scratchAt++] = value;
    }

    private enum FieldKind : byte
    {
        Plain,
        Null,
        Quoted,
        Unescaped,
    }

    private readonly record struct Field(int From, int Length, FieldKind Kind);
}
