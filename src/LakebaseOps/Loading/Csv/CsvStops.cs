using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LakebaseOps.Loading.Csv;

/// <summary>
/// Marks the bytes that mean something in CSV, 64 at a time: delimiter, quote, escape, line ends, and zero, which no text of
/// the server holds. All else is skipped without a look.
/// </summary>
internal readonly struct CsvStops(CsvDialect dialect)
{
    /// <summary>Bytes of a block.</summary>
    public const int Block = 64;

    private readonly byte _delimiter = dialect.Delimiter;
    private readonly byte _quote = dialect.Quote;
    private readonly byte _escape = dialect.Escape;

    /// <summary>One bit for each byte of a block.</summary>
    /// <param name="data">The bytes.</param>
    /// <param name="at">Where the block begins.</param>
    /// <param name="end">Bytes from here on are not marked.</param>
    /// <param name="isAscii">False when the block has bytes above 127.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Find(byte[] data, int at, int end, out bool isAscii)
    {
        if (at + Block > data.Length || !Vector128.IsHardwareAccelerated)
            return FindSlowly(data, at, end, out isAscii);
        ReadOnlySpan<byte> block = data.AsSpan(at, Block);
        ulong marks;
        if (Vector256.IsHardwareAccelerated)
        {
            Vector256<byte> low = Vector256.Create(block);
            Vector256<byte> high = Vector256.Create(block[32..]);
            isAscii = (low | high).ExtractMostSignificantBits() == 0;
            marks = Mark(low).ExtractMostSignificantBits() | ((ulong)Mark(high).ExtractMostSignificantBits() << 32);
        }
        else
        {
            Vector128<byte> a = Vector128.Create(block);
            Vector128<byte> b = Vector128.Create(block[16..]);
            Vector128<byte> c = Vector128.Create(block[32..]);
            Vector128<byte> d = Vector128.Create(block[48..]);
            isAscii = (a | b | c | d).ExtractMostSignificantBits() == 0;
            marks = Mark(a).ExtractMostSignificantBits() | ((ulong)Mark(b).ExtractMostSignificantBits() << 16)
                | ((ulong)Mark(c).ExtractMostSignificantBits() << 32) | ((ulong)Mark(d).ExtractMostSignificantBits() << 48);
        }

        return end - at < Block ? marks & ~(ulong.MaxValue << (end - at)) : marks;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector256<byte> Mark(Vector256<byte> bytes) =>
        Vector256.Equals(bytes, Vector256.Create(_delimiter)) | Vector256.Equals(bytes, Vector256.Create((byte)'\n'))
        | Vector256.Equals(bytes, Vector256.Create(_quote)) | Vector256.Equals(bytes, Vector256.Create((byte)'\r'))
        | Vector256.Equals(bytes, Vector256.Create(_escape)) | Vector256.Equals(bytes, Vector256<byte>.Zero);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector128<byte> Mark(Vector128<byte> bytes) =>
        Vector128.Equals(bytes, Vector128.Create(_delimiter)) | Vector128.Equals(bytes, Vector128.Create((byte)'\n'))
        | Vector128.Equals(bytes, Vector128.Create(_quote)) | Vector128.Equals(bytes, Vector128.Create((byte)'\r'))
        | Vector128.Equals(bytes, Vector128.Create(_escape)) | Vector128.Equals(bytes, Vector128<byte>.Zero);

    /// <summary>The last bytes of an array that is no multiple of a block.</summary>
    private ulong FindSlowly(byte[] data, int at, int end, out bool isAscii)
    {
        ulong marks = 0;
        isAscii = true;
        for (int i = Math.Min(Block, end - at) - 1; i >= 0; i--)
        {
            byte value = data[at + i];
            isAscii &= value < 128;
            if (value == _delimiter || value == _quote || value == _escape || value is (byte)'\n' or (byte)'\r' or 0)
                marks |= 1UL << i;
        }

        return marks;
    }
}
