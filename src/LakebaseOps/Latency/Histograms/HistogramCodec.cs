using System.Buffers.Binary;
using System.IO.Compression;

namespace LakebaseOps.Latency.Histograms;

/// <summary>
/// HdrHistogram's V2 format: a header, then the counts as ZigZag LEB128 numbers in which a negative number stands for
/// that many empty buckets; all of it deflated. Any HdrHistogram reader takes it.
/// </summary>
internal static class HistogramCodec
{
    // The low byte's 0x10 says that counts are written as LEB128.
    private const int Cookie = 0x1c849303 | 0x10;
    private const int CompressedCookie = 0x1c849304 | 0x10;
    private const int HeaderBytes = 40;
    private const int Digits = 3;
    // A number of the ZigZag LEB128 form takes nine bytes at most: the ninth holds eight bits.
    private const int LongestNumber = 9;

    /// <summary>A histogram in the compressed form.</summary>
    public static byte[] Encode(LatencyHistogram histogram)
    {
        ReadOnlySpan<long> counts = histogram.Counts;
        byte[] plain = new byte[HeaderBytes + (counts.Length * LongestNumber)];
        int at = HeaderBytes;
        for (int index = 0; index < counts.Length;)
        {
            int empty = index;
            while (empty < counts.Length && counts[empty] == 0)
                empty++;
            if (empty > index)
                at += Put(plain.AsSpan(at), index - empty);
            else
                at += Put(plain.AsSpan(at), counts[empty++]);
            index = empty;
        }

        BinaryPrimitives.WriteInt32BigEndian(plain, Cookie);
        BinaryPrimitives.WriteInt32BigEndian(plain.AsSpan(4), at - HeaderBytes);
        BinaryPrimitives.WriteInt32BigEndian(plain.AsSpan(8), 0);
        BinaryPrimitives.WriteInt32BigEndian(plain.AsSpan(12), Digits);
        BinaryPrimitives.WriteInt64BigEndian(plain.AsSpan(16), 1);
        // Readers size their table by the largest value; two is the least they take.
        BinaryPrimitives.WriteInt64BigEndian(plain.AsSpan(24), Math.Max(2, histogram.Max));
        BinaryPrimitives.WriteDoubleBigEndian(plain.AsSpan(32), 1);

        using MemoryStream packed = new();
        packed.Write(stackalloc byte[8]);
        using (ZLibStream deflate = new(packed, CompressionLevel.Optimal, leaveOpen: true))
            deflate.Write(plain, 0, at);
        byte[] encoded = packed.ToArray();
        BinaryPrimitives.WriteInt32BigEndian(encoded, CompressedCookie);
        BinaryPrimitives.WriteInt32BigEndian(encoded.AsSpan(4), encoded.Length - 8);
        return encoded;
    }

    /// <summary>The histogram of the compressed form; its values are exact to the bucket.</summary>
    /// <exception cref="FormatException">The bytes are no histogram of three digits in the V2 format.</exception>
    public static LatencyHistogram Decode(ReadOnlySpan<byte> encoded)
    {
        if (encoded.Length < 8 || BinaryPrimitives.ReadInt32BigEndian(encoded) != CompressedCookie
            || BinaryPrimitives.ReadInt32BigEndian(encoded[4..]) is var length && (length < 0 || length > encoded.Length - 8))
            throw new FormatException("it is no compressed histogram of the V2 format");
        ReadOnlySpan<byte> plain = Inflate(encoded.Slice(8, length).ToArray());
        if (plain.Length < HeaderBytes || BinaryPrimitives.ReadInt32BigEndian(plain) != Cookie
            || BinaryPrimitives.ReadInt32BigEndian(plain[4..]) is var payload && (payload < 0 || payload > plain.Length - HeaderBytes))
            throw new FormatException("its content is no histogram of the V2 format");
        if (BinaryPrimitives.ReadInt32BigEndian(plain[12..]) != Digits || BinaryPrimitives.ReadInt64BigEndian(plain[16..]) != 1
            || BinaryPrimitives.ReadInt32BigEndian(plain[8..]) != 0)
            throw new FormatException("the histogram is not one of three digits from 1 on");
        return LatencyHistogram.Of(Counts(plain.Slice(HeaderBytes, payload)));
    }

    private static ReadOnlySpan<long> Counts(ReadOnlySpan<byte> payload)
    {
        // So many buckets have all values there are.
        long[] counts = new long[54 * 1_024];
        int index = 0;
        while (payload.Length > 0)
        {
            payload = payload[Take(payload, out long number)..];
            long room = counts.Length - index;
            if (number < 0 ? number < -room : room == 0)
                throw new FormatException("the histogram has more buckets than there are values for");
            if (number < 0)
                index += (int)-number;
            else
                counts[index++] = number;
        }

        return counts.AsSpan(0, index);
    }

    private static byte[] Inflate(byte[] packed)
    {
        try
        {
            using ZLibStream inflate = new(new MemoryStream(packed), CompressionMode.Decompress);
            using MemoryStream plain = new();
            inflate.CopyTo(plain);
            return plain.ToArray();
        }
        catch (InvalidDataException damaged)
        {
            throw new FormatException("its compressed bytes are damaged", damaged);
        }
    }

    private static int Put(Span<byte> target, long number)
    {
        ulong rest = (ulong)((number << 1) ^ (number >> 63));
        int at = 0;
        while (rest > 0x7F && at < LongestNumber - 1)
        {
            target[at++] = (byte)(rest | 0x80);
            rest >>= 7;
        }

        target[at++] = (byte)rest;
        return at;
    }

    private static int Take(ReadOnlySpan<byte> source, out long number)
    {
        ulong bits = 0;
        for (int at = 0; at < Math.Min(LongestNumber, source.Length); at++)
        {
            bool last = at == LongestNumber - 1;
            bits |= (ulong)(last ? source[at] : source[at] & 0x7F) << (7 * at);
            if (last || source[at] < 0x80)
            {
                number = (long)(bits >> 1) ^ -(long)(bits & 1);
                return at + 1;
            }
        }

        throw new FormatException("a count of the histogram is cut off");
    }
}
