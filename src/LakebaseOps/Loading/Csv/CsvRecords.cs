using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Unicode;
using LakebaseOps.Loading.Decoding;

namespace LakebaseOps.Loading.Csv;

/// <summary>
/// Takes CSV bytes apart into records and fields exactly as the server's COPY does (CopyReadLineText and
/// CopyReadAttributesCSV): quotes may begin anywhere in a field, NULL is an unquoted field equal to the null text. One pass
/// over marks of the bytes that matter; keeps no field, each is a range of the data. A record that cannot be loaded is read
/// to its end all the same, so that the next one can be.
/// </summary>
internal sealed class CsvRecords
{
    private readonly byte _delimiter;
    private readonly byte _quote;
    private readonly byte _escape;
    private readonly string? _encoding;
    private readonly CsvStops _stops;
    private readonly bool _exact;
    private readonly CsvFields _fields;
    private byte[] _data = [];
    private int _at;
    private int _end;
    private bool _isAll;
    private LineEnd _lineEnd;
    private long _record;

    // The block whose marks are being worked off: it may hold the beginning of the next record.
    private int _block;
    private ulong _marks;
    private bool _isAscii;

    private string? _fault;
    private string _faultState = "";
    private int _faultAt;
    private int _faultColumn;

    /// <summary>A reader of records.</summary>
    /// <param name="dialect">The dialect.</param>
    /// <param name="columns">Fields of a record that are wanted, whatever others it has.</param>
    /// <param name="exact">False takes records of fewer fields too.</param>
    public CsvRecords(CsvDialect dialect, int columns, bool exact = true)
    {
        _delimiter = dialect.Delimiter;
        _quote = dialect.Quote;
        _escape = dialect.Escape;
        _encoding = dialect.Encoding?.WebName;
        _stops = new CsvStops(dialect);
        _exact = exact;
        _fields = new CsvFields(dialect, columns);
    }

    /// <summary>Offset in the data where the current record begins.</summary>
    public int Start { get; private set; }

    /// <summary>Offset behind what was read so far.</summary>
    public int Position => _at;

    /// <summary>Fields of the current record, wanted or not.</summary>
    public int Count => _fields.Count;

    /// <summary>The bytes of a column's field; meaningless when it is NULL.</summary>
    public ReadOnlySpan<byte> this[int column]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _fields[column];
    }

    /// <summary>True when a column's field is NULL.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool IsNull(int column) => _fields.IsNull(column);

    /// <summary>Begins to read a part of a buffer.</summary>
    /// <param name="data">The buffer.</param>
    /// <param name="from">Where the first record begins.</param>
    /// <param name="to">Where the data ends.</param>
    /// <param name="lineEnd">What ends a line.</param>
    /// <param name="isAll">False when the last record may go on behind the end; then it is not read.</param>
    public void Open(byte[] data, int from, int to, LineEnd lineEnd, bool isAll = true)
    {
        _lineEnd = lineEnd;
        _record = -1;
        Begin(data, from, to, isAll);
    }

    /// <summary>Goes on with more data, of which the first is the record that was not read.</summary>
    public void Continue(byte[] data, int to, bool isAll) => Begin(data, 0, to, isAll);

    /// <summary>Goes to the next record; false behind the last whole one.</summary>
    /// <exception cref="CsvFault">The record is not one of that many columns; the next call goes on behind it.</exception>
    public bool Read()
    {
        if (!Skip())
            return false;
        if (_fault is null && Count != _fields.Expected)
        {
            if (Count > _fields.Expected)
                Blame("22P04", "extra data after last expected column", _fields.Expected);
            else if (_exact)
                Blame("22P04", $"missing data: {Count} of {_fields.Expected} columns", Count);
        }

        return _fault is null ? true : throw new CsvFault(_record, _faultColumn, _faultState, _fault);
    }

    /// <summary>Goes to the next record, whatever it holds; false behind the last whole one.</summary>
    public bool Skip()
    {
        _fields.Begin(_data);
        _fault = null;
        Start = _at;
        if (_at >= _end)
            return false;
        _record++;
        bool isAscii = _isAscii;
        int to = Scan(ref isAscii);
        if (to < 0)
        {
            _record--;
            return false;
        }

        // What the server would have come across first is what it would have said.
        if (!isAscii && FirstInvalid(to) is var invalid && invalid < (_fault is null ? to : _faultAt))
        {
            _fault = null;
            Blame("22021", Invalid(invalid), Count, invalid);
        }

        return true;
    }

    private void Begin(byte[] data, int from, int to, bool isAll)
    {
        _data = data;
        _at = from;
        _end = to;
        _isAll = isAll;
        _block = from - CsvStops.Block;
        _marks = 0;
        _isAscii = true;
    }

    /// <summary>Reads a record and answers where its last field ends; -1 when the data ends before it.</summary>
    private int Scan(ref bool isAscii)
    {
        byte[] data = _data;
        byte delimiter = _delimiter;
        byte quote = _quote;
        byte escape = _escape;
        int end = _end;
        int block = _block;
        ulong marks = _marks;
        int from = _at;
        int literal = -1;
        int quotes = 0;
        bool quoted = false;
        while (true)
        {
            while (marks == 0)
            {
                block += CsvStops.Block;
                if (block >= end)
                {
                    if (!_isAll)
                        return -1;
                    _marks = 0;
                    _block = _at = end;
                    if (quoted)
                        Blame("22P04", "unterminated CSV quoted field", Count, end);
                    _fields.Keep(from, end, quotes);
                    return end;
                }

                marks = _stops.Find(data, block, end, out _isAscii);
                isAscii &= _isAscii;
            }

            int at = block + BitOperations.TrailingZeroCount(marks);
            marks &= marks - 1;
            byte stop = data[at];
            if (quoted)
            {
                if (at == literal)
                    continue;
                if (stop == escape && escape != quote && at + 1 < end && (data[at + 1] == escape || data[at + 1] == quote))
                {
                    literal = at + 1;
                    quotes += 2;
                }
                else if (stop == quote)
                {
                    quotes++;
                    quoted = false;
                }
                else if (stop == 0)
                {
                    BlameZero(at);
                }
            }
            else if (stop == delimiter)
            {
                _fields.Keep(from, at, quotes);
                from = at + 1;
                quotes = 0;
            }
            else if (stop == quote)
            {
                quotes++;
                quoted = true;
            }
            else if (stop is (byte)'\n' or (byte)'\r')
            {
                if (!IsEnd(at, stop))
                    continue;
                int to = stop == (byte)'\n' && _lineEnd == LineEnd.ReturnFeed && at > from && data[at - 1] == (byte)'\r' ? at - 1 : at;
                _fields.Keep(from, to, quotes);
                _marks = marks;
                _block = block;
                _at = at + 1;
                return to;
            }
            else if (stop == 0)
            {
                BlameZero(at);
            }
        }
    }

    /// <summary>True when a line end outside quotes ends the record; one of another kind than the file's is a fault.</summary>
    private bool IsEnd(int at, byte stop)
    {
        if (stop == (byte)'\r')
        {
            if (_lineEnd == LineEnd.Return)
                return true;
            if (_lineEnd == LineEnd.Feed || at + 1 >= _end || _data[at + 1] != (byte)'\n')
                Blame("22P04", "unquoted carriage return found in data", Count, at);
            return false;
        }

        if (_lineEnd == LineEnd.Return || (_lineEnd == LineEnd.ReturnFeed && (at == Start || _data[at - 1] != (byte)'\r')))
            Blame("22P04", "unquoted newline found in data", Count, at);
        return _lineEnd != LineEnd.Return;
    }

    /// <summary>Where the first byte stands that is no part of UTF-8 text; the given end when there is none.</summary>
    private int FirstInvalid(int to)
    {
        ReadOnlySpan<byte> rest = _data.AsSpan(Start, to - Start);
        if (Utf8.IsValid(rest))
            return to;
        while (Rune.DecodeFromUtf8(rest, out _, out int length) == OperationStatus.Done)
            rest = rest[length..];
        return to - rest.Length;
    }

    private void BlameZero(int at) => Blame("22021", Invalid(at), Count, at);

    /// <summary>In words of the server, unless the bytes were decoded: then which they were is not known any more.</summary>
    private string Invalid(int at) => _encoding is not null && _data[at] == TextInput.Undecodable
        ? $"bytes that are no text in {_encoding}, at byte {at - Start} of the record as UTF-8"
        : $"invalid byte sequence for encoding \"UTF8\": 0x{_data[at]:x2}, at byte {at - Start} of the record";

    /// <summary>The first fault counts.</summary>
    private void Blame(string state, string reason, int field, int at = 0)
    {
        if (_fault is not null)
            return;
        _fault = reason;
        _faultState = state;
        _faultAt = at;
        _faultColumn = _fields.ColumnOf(field);
    }
}
