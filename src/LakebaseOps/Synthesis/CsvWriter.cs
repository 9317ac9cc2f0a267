using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using LakebaseOps.Loading;
using LakebaseOps.Loading.Wire;

namespace LakebaseOps.Synthesis;

/// <summary>
/// Writes rows as CSV in PostgreSQL's own dialect: NULL is nothing between delimiters, an empty text is quoted, times are
/// ISO 8601. Rows gather in memory until <see cref="FlushAsync"/>.
/// </summary>
public sealed class CsvWriter : IRowWriter
{
    /// <summary>Bytes worth a write.</summary>
    public const int BlockBytes = 64 * 1024;

    private static readonly DateTime Epoch = new(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc);
    private static readonly SearchValues<byte> Special = SearchValues.Create(",\"\r\n"u8);

    private readonly bool[] _hasZone;
    private byte[] _buffer = new byte[BlockBytes + (16 * 1024)];
    private int _length;
    private int _column;

    /// <summary>Rows of these columns.</summary>
    public CsvWriter(IReadOnlyList<ColumnDefinition> columns)
    {
        ArgumentNullException.ThrowIfNull(columns);
        _hasZone = [.. columns.Select(column => column.Type.EndsWith("with time zone", StringComparison.Ordinal))];
        foreach (ColumnDefinition column in columns)
        {
            Begin(0);
            Quoted(Encoding.UTF8.GetBytes(column.Name));
        }
    }

    /// <summary>Bytes that wait to be written, the open row included.</summary>
    public int Length => _length;

    /// <inheritdoc />
    public void StartRow(int columns)
    {
        Reserve(1);
        _buffer[_length++] = (byte)'\n';
        _column = 0;
    }

    /// <summary>Writes what has gathered.</summary>
    public async ValueTask FlushAsync(Stream stream, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(stream);
        await stream.WriteAsync(_buffer.AsMemory(0, _length), cancellationToken).ConfigureAwait(false);
        _length = 0;
    }

    /// <summary>Ends the last line and writes what has gathered.</summary>
    public ValueTask CompleteAsync(Stream stream, CancellationToken cancellationToken)
    {
        StartRow(0);
        return FlushAsync(stream, cancellationToken);
    }

    /// <inheritdoc />
    public void WriteNull() => Begin(0);

    /// <inheritdoc />
    public void WriteBoolean(bool value) => Begin(1)[_length++] = value ? (byte)'t' : (byte)'f';

    /// <inheritdoc />
    public void WriteInt16(short value) => WriteInt64(value);

    /// <inheritdoc />
    public void WriteInt32(int value) => WriteInt64(value);

    /// <inheritdoc />
    public void WriteInt64(long value)
    {
        Utf8Formatter.TryFormat(value, Begin(20).AsSpan(_length), out int written);
        _length += written;
    }

    /// <inheritdoc />
    public void WriteSingle(float value)
    {
        value.TryFormat(Begin(32).AsSpan(_length), out int written, "R", CultureInfo.InvariantCulture);
        _length += written;
    }

    /// <inheritdoc />
    public void WriteDouble(double value)
    {
        value.TryFormat(Begin(32).AsSpan(_length), out int written, "R", CultureInfo.InvariantCulture);
        _length += written;
    }

    /// <inheritdoc />
    public void WriteTimestamp(long microseconds)
    {
        bool hasZone = _hasZone[_column];
        Begin(32);
        Epoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond)
            .TryFormat(_buffer.AsSpan(_length), out int written, hasZone ? "yyyy-MM-dd HH:mm:ss.ffffff+00" : "yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture);
        _length += written;
    }

    /// <inheritdoc />
    public void WriteDate(int days)
    {
        Epoch.AddDays(days).TryFormat(Begin(10).AsSpan(_length), out int written, "yyyy-MM-dd", CultureInfo.InvariantCulture);
        _length += written;
    }

    /// <inheritdoc />
    public void WriteUuid(Guid value)
    {
        Utf8Formatter.TryFormat(value, Begin(36).AsSpan(_length), out int written);
        _length += written;
    }

    /// <inheritdoc />
    public void WriteText(ReadOnlySpan<byte> utf8)
    {
        Begin(0);
        if (utf8.IsEmpty || utf8.ContainsAny(Special) || utf8.SequenceEqual("\\."u8))
        {
            Quoted(utf8);
            return;
        }

        Reserve(utf8.Length);
        utf8.CopyTo(_buffer.AsSpan(_length));
        _length += utf8.Length;
    }

    /// <inheritdoc />
    public void WriteBytes(ReadOnlySpan<byte> value)
    {
        Begin(2 + (2 * value.Length));
        "\\x"u8.CopyTo(_buffer.AsSpan(_length));
        _length += 2;
        foreach (byte one in value)
        {
            _buffer[_length++] = Digit(one >> 4);
            _buffer[_length++] = Digit(one & 15);
        }
    }

    private static byte Digit(int value) => (byte)(value + (value < 10 ? '0' : 'a' - 10));

    private void Quoted(ReadOnlySpan<byte> utf8)
    {
        Reserve((2 * utf8.Length) + 2);
        _buffer[_length++] = (byte)'"';
        foreach (byte one in utf8)
        {
            if (one == '"')
                _buffer[_length++] = one;
            _buffer[_length++] = one;
        }

        _buffer[_length++] = (byte)'"';
    }

    private byte[] Begin(int most)
    {
        Reserve(most + 1);
        if (_column++ > 0)
            _buffer[_length++] = (byte)',';
        return _buffer;
    }

    private void Reserve(int bytes)
    {
        if (_length + bytes > _buffer.Length)
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _length + bytes));
    }
}
