using System.Buffers.Binary;

namespace LakebaseOps.Loading.Wire;

/// <summary>Where the rows of a binary COPY from a server begin and end: a header, rows of fields with their lengths, an end mark.</summary>
internal static class CopyRow
{
    /// <summary>Bytes before the first row: no server sends an extension of the header.</summary>
    public const int HeaderBytes = 19;

    /// <summary>What <see cref="Measure"/> answers for the end mark.</summary>
    public const int EndMark = -1;

    /// <summary>Bytes of the row that the bytes begin with; 0 when not all of it is there, <see cref="EndMark"/> behind the last.</summary>
    public static int Measure(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 2)
            return 0;
        int fields = BinaryPrimitives.ReadInt16BigEndian(bytes);
        if (fields < 0)
            return EndMark;
        int at = 2;
        for (int field = 0; field < fields; field++)
        {
            if (bytes.Length - at < 4)
                return 0;
            int length = Math.Max(0, BinaryPrimitives.ReadInt32BigEndian(bytes[at..]));
            at += 4;
            // Looked at each time: the sum of lengths may be more than a number holds.
            if (bytes.Length - at < length)
                return 0;
            at += length;
        }

        return at;
    }
}
