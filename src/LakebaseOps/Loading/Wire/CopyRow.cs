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

    /// <summary>The bytes of a field of a whole row; empty for NULL too.</summary>
    public static ReadOnlySpan<byte> Field(ReadOnlySpan<byte> row, int number)
    {
        int at = Start(row, number);
        return row.Slice(at + 4, Math.Max(0, BinaryPrimitives.ReadInt32BigEndian(row[at..])));
    }

    /// <summary>Whether a field of a whole row is NULL.</summary>
    public static bool IsNull(ReadOnlySpan<byte> row, int number) => BinaryPrimitives.ReadInt32BigEndian(row[Start(row, number)..]) < 0;

    /// <summary>A whole row's fields behind its first ones, without a number of fields before them.</summary>
    public static ReadOnlySpan<byte> Skip(ReadOnlySpan<byte> row, int fields) => row[Start(row, fields)..];

    private static int Start(ReadOnlySpan<byte> row, int number)
    {
        int at = 2;
        for (int field = 0; field < number; field++)
            at += 4 + Math.Max(0, BinaryPrimitives.ReadInt32BigEndian(row[at..]));
        return at;
    }
}
