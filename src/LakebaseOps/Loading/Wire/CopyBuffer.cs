using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace LakebaseOps.Loading.Wire;

/// <summary>
/// Encodes rows as PostgreSQL's binary COPY into 64 KB blocks and hashes each row as it is closed. Allocates nothing per
/// row. Use: <see cref="Begin"/>, rows (with <see cref="FlushAsync"/> whenever <see cref="IsFull"/>), <see cref="End"/>,
/// FlushAsync. One thread at a time.
/// </summary>
public sealed class CopyBuffer : IRowWriter, IDisposable
{
    /// <summary>Bytes sent at once: larger blocks measured slower, smaller ones too.</summary>
    public const int BlockBytes = 64 * 1024;

    private const int Slack = 4 * 1024;
    private const int LargestKept = 1024 * 1024;
    private static readonly byte[] Header =
        [(byte)'P', (byte)'G', (byte)'C', (byte)'O', (byte)'P', (byte)'Y', 10, 0xFF, 13, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    private byte[] _block = ArrayPool<byte>.Shared.Rent(BlockBytes + Slack);
    private int _at;
    private int _row = -1;
    private long _sent;

    /// <summary>Rows closed since <see cref="Begin"/>.</summary>
    public long Rows { get; private set; }

    /// <summary>Bytes sent and waiting since <see cref="Begin"/>.</summary>
    public long Bytes => _sent + _at;

    /// <summary>Sum of the rows' hashes (<see cref="RowHash"/>), modulo 2^128: the same for any order of the rows.</summary>
    public UInt128 Hash { get; private set; }

    /// <summary>True when a block is ready to be sent.</summary>
    public bool IsFull => _at >= BlockBytes - Slack;

    /// <summary>Begins a COPY: its header; counts and hash start from nothing.</summary>
    public void Begin()
    {
        _row = -1;
        _sent = 0;
        Rows = 0;
        Hash = UInt128.Zero;
        Header.CopyTo(_block, 0);
        _at = Header.Length;
    }

    /// <summary>Closes the last row and writes the end of the data.</summary>
    public void End()
    {
        EndRow();
        BinaryPrimitives.WriteInt16BigEndian(Reserve(2), -1);
    }

    /// <summary>Closes the open row, if any: it counts and is hashed.</summary>
    public void EndRow()
    {
        if (_row < 0)
            return;
        Hash += RowHash.Of(_block.AsSpan(_row, _at - _row));
        Rows++;
        _row = -1;
    }

    /// <summary>Takes back the open row as if it had never begun.</summary>
    public void DropRow()
    {
        if (_row < 0)
            return;
        _at = _row;
        _row = -1;
    }

    /// <summary>The open row's bytes so far.</summary>
    public ReadOnlySpan<byte> OpenRow => _row < 0 ? [] : _block.AsSpan(_row, _at - _row);

    /// <summary>Sends what waits; the open row is closed first.</summary>
    public async ValueTask FlushAsync(Stream stream, CancellationToken cancellationToken)
    {
        EndRow();
        if (_at > 0)
            await stream.WriteAsync(_block.AsMemory(0, _at), cancellationToken).ConfigureAwait(false);
        Forget();
    }

    /// <inheritdoc />
    public void StartRow(int columns)
    {
        EndRow();
        _row = _at;
        BinaryPrimitives.WriteInt16BigEndian(Reserve(2), checked((short)columns));
    }

    /// <inheritdoc />
    public void WriteNull() => BinaryPrimitives.WriteInt32BigEndian(Reserve(4), -1);

    /// <inheritdoc />
    public void WriteBoolean(bool value)
    {
        Span<byte> field = Reserve(5);
        BinaryPrimitives.WriteInt32BigEndian(field, 1);
        field[4] = value ? (byte)1 : (byte)0;
    }

    /// <inheritdoc />
    public void WriteInt16(short value)
    {
        Span<byte> field = Reserve(6);
        BinaryPrimitives.WriteInt32BigEndian(field, 2);
        BinaryPrimitives.WriteInt16BigEndian(field[4..], value);
    }

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteInt32(int value)
    {
        ref byte field = ref ReserveRef(8);
        // Length and value in one store.
        Unsafe.WriteUnaligned(ref field, BinaryPrimitives.ReverseEndianness((4UL << 32) | (uint)value));
    }

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteInt64(long value)
    {
        ref byte field = ref ReserveRef(12);
        Unsafe.WriteUnaligned(ref field, BinaryPrimitives.ReverseEndianness(8));
        Unsafe.WriteUnaligned(ref Unsafe.Add(ref field, 4), BinaryPrimitives.ReverseEndianness(value));
    }

    /// <inheritdoc />
    public void WriteSingle(float value) => WriteInt32(BitConverter.SingleToInt32Bits(value));

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteDouble(double value) => WriteInt64(BitConverter.DoubleToInt64Bits(value));

    /// <inheritdoc />
    public void WriteTimestamp(long microseconds) => WriteInt64(microseconds);

    /// <inheritdoc />
    public void WriteDate(int days) => WriteInt32(days);

    /// <inheritdoc />
    public void WriteUuid(Guid value)
    {
        Span<byte> field = Reserve(20);
        BinaryPrimitives.WriteInt32BigEndian(field, 16);
        value.TryWriteBytes(field[4..], bigEndian: true, out _);
    }

    /// <inheritdoc />
    public void WriteText(ReadOnlySpan<byte> utf8) => WriteBytes(utf8);

    /// <inheritdoc />
    public void WriteBytes(ReadOnlySpan<byte> value)
    {
        Span<byte> field = Reserve(checked(4 + value.Length));
        BinaryPrimitives.WriteInt32BigEndian(field, value.Length);
        value.CopyTo(field[4..]);
    }

    /// <summary>A whole row as the server would send it: number of fields, fields.</summary>
    internal void WriteRow(ReadOnlySpan<byte> row)
    {
        EndRow();
        _row = _at;
        row.CopyTo(Reserve(row.Length));
    }

    /// <summary>A field of that many bytes, which the caller fills.</summary>
    internal Span<byte> WriteField(int length)
    {
        Span<byte> field = Reserve(checked(4 + length));
        BinaryPrimitives.WriteInt32BigEndian(field, length);
        return field[4..];
    }

    /// <summary>Begins a field whose length shows only at its end; its parts follow.</summary>
    /// <returns>The place of its first byte, for <see cref="EndField"/> and <see cref="Patch"/>.</returns>
    internal int BeginField()
    {
        Reserve(4);
        return _at;
    }

    /// <summary>Part of an open field.</summary>
    internal void WritePart(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Reserve(bytes.Length));

    /// <summary>A number as part of an open field.</summary>
    internal void WriteRaw(int value) => BinaryPrimitives.WriteInt32BigEndian(Reserve(4), value);

    /// <summary>Writes over a number of an open field.</summary>
    internal void Patch(int place, int value) => BinaryPrimitives.WriteInt32BigEndian(_block.AsSpan(place), value);

    /// <summary>Ends a field.</summary>
    internal void EndField(int place) => Patch(place - 4, _at - place);

    /// <inheritdoc />
    public void Dispose()
    {
        if (_block.Length > 0)
            ArrayPool<byte>.Shared.Return(_block);
        _block = [];
    }

    private void Forget()
    {
        _sent += _at;
        _at = 0;
        if (_block.Length <= LargestKept)
            return;
        // One enormous row must not keep its memory for the rest of the load.
        ArrayPool<byte>.Shared.Return(_block);
        _block = ArrayPool<byte>.Shared.Rent(BlockBytes + Slack);
    }

    private Span<byte> Reserve(int bytes)
    {
        if (_block.Length - _at < bytes)
            Grow(bytes);
        Span<byte> field = _block.AsSpan(_at, bytes);
        _at += bytes;
        return field;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref byte ReserveRef(int bytes)
    {
        if (_block.Length - _at < bytes)
            Grow(bytes);
        ref byte field = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_block), _at);
        _at += bytes;
        return ref field;
    }

    private void Grow(int bytes)
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(checked(Math.Max(_block.Length * 2, _at + bytes)));
        _block.AsSpan(0, _at).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_block);
        _block = larger;
    }
}
