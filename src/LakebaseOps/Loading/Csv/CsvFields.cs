using System.Runtime.CompilerServices;

namespace LakebaseOps.Loading.Csv;

/// <summary>The fields of one record, by column: ranges of the data, or of a scratch where quotes had to be taken out.</summary>
internal sealed class CsvFields
{
    private readonly byte _quote;
    private readonly byte _escape;
    private readonly byte[] _null;
    private readonly Slot[] _slots;
    private readonly Field[] _fields;
    private byte[] _data = [];
    private byte[] _scratch = new byte[256];
    private int _scratchAt;

    /// <summary>Room for the fields of a record.</summary>
    /// <param name="dialect">The dialect.</param>
    /// <param name="columns">Fields that are wanted, whatever others there are.</param>
    public CsvFields(CsvDialect dialect, int columns)
    {
        _quote = dialect.Quote;
        _escape = dialect.Escape;
        _null = dialect.Null;
        // One more than wanted: where fields that nobody wants go.
        _fields = new Field[columns + 1];
        _slots = dialect.Fields is { } fields
            ? [.. fields.Select(field => new Slot(field.Column < 0 ? columns : field.Column, field.ForceNull, field.ForceNotNull))]
            : [.. Enumerable.Range(0, columns).Select(number => new Slot(number, false, false))];
    }

    /// <summary>Fields that a record should have, wanted or not.</summary>
    public int Expected => _slots.Length;

    /// <summary>Fields of the current record, wanted or not.</summary>
    public int Count { get; private set; }

    /// <summary>The bytes of a column's field; meaningless when it is NULL.</summary>
    public ReadOnlySpan<byte> this[int column]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            ref Field field = ref _fields[column];
            return new ReadOnlySpan<byte>(field.Kind == FieldKind.Unescaped ? _scratch : _data, field.From, field.Length);
        }
    }

    /// <summary>True when a column's field is NULL.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool IsNull(int column) => _fields[column].Kind == FieldKind.Null;

    /// <summary>The column of a field; a number that is none for one that nobody wants.</summary>
    public int ColumnOf(int field) => field < _slots.Length ? _slots[field].Column : _fields.Length;

    /// <summary>Begins a record.</summary>
    /// <param name="data">What the fields are ranges of.</param>
    public void Begin(byte[] data)
    {
        _data = data;
        _scratchAt = 0;
        Count = 0;
    }

    /// <summary>Adds the next field.</summary>
    /// <param name="from">Where it begins.</param>
    /// <param name="to">Where it ends.</param>
    /// <param name="quotes">Quotes in it; an escaped character counts for two.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Keep(int from, int to, int quotes)
    {
        int number = Count++;
        if (number >= _slots.Length)
            return;
        ref Slot slot = ref _slots[number];
        if (quotes == 0)
        {
            int length = to - from;
            bool isNull = length == _null.Length && (length == 0 || _data.AsSpan(from, length).SequenceEqual(_null)) && !slot.ForceNotNull;
            _fields[slot.Column] = new Field(from, length, isNull ? FieldKind.Null : FieldKind.Plain);
        }
        else
        {
            KeepQuoted(from, to, quotes, slot);
        }
    }

    private void KeepQuoted(int from, int to, int quotes, Slot slot)
    {
        // The usual case: the whole field in quotes and no quote within.
        Field field = quotes == 2 && _data[from] == _quote && _data[to - 1] == _quote
            ? new Field(from + 1, to - from - 2, FieldKind.Quoted)
            : Unescape(_data.AsSpan(from, to - from));
        _fields[slot.Column] = field;
        if (slot.ForceNull && this[slot.Column].SequenceEqual(_null))
            _fields[slot.Column] = field with { Kind = FieldKind.Null };
    }

    private Field Unescape(ReadOnlySpan<byte> rest)
    {
        int begin = _scratchAt;
        if (_scratch.Length - begin < rest.Length)
            Array.Resize(ref _scratch, Math.Max(_scratch.Length * 2, begin + rest.Length));
        Span<byte> text = _scratch;
        bool quoted = false;
        while (true)
        {
            int run = quoted ? rest.IndexOfAny(_quote, _escape) : rest.IndexOf(_quote);
            ReadOnlySpan<byte> plain = run < 0 ? rest : rest[..run];
            plain.CopyTo(text[_scratchAt..]);
            _scratchAt += plain.Length;
            if (run < 0)
                return new Field(begin, _scratchAt - begin, FieldKind.Unescaped);
            byte stop = rest[run];
            rest = rest[(run + 1)..];
            if (quoted && stop == _escape && rest.Length > 0 && (rest[0] == _escape || rest[0] == _quote))
            {
                text[_scratchAt++] = rest[0];
                rest = rest[1..];
            }
            else if (stop == _quote)
            {
                quoted = !quoted;
            }
            else
            {
                text[_scratchAt++] = stop;
            }
        }
    }

    private enum FieldKind : byte
    {
        Plain,
        Null,
        Quoted,
        Unescaped,
    }

    private readonly record struct Field(int From, int Length, FieldKind Kind);

    private readonly record struct Slot(int Column, bool ForceNull, bool ForceNotNull);
}
