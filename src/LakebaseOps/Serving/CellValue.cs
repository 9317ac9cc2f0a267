using System.Buffers.Binary;
using System.Text;

namespace LakebaseOps.Serving;

/// <summary>Makes values of the bytes in which PostgreSQL sends them.</summary>
internal static class CellValue
{
    private static readonly DateTime Epoch = new(2000, 1, 1, 0, 0, 0, DateTimeKind.Unspecified);

    /// <summary>True for kinds whose bytes <see cref="Of"/> understands.</summary>
    public static bool IsRaw(CellKind kind) => kind != CellKind.Other;

    /// <summary>A value.</summary>
    public static object Of(CellKind kind, ReadOnlySpan<byte> bytes) => kind switch
    {
        CellKind.Boolean => bytes[0] != 0,
        CellKind.Int16 => (short)Integer(bytes),
        CellKind.Int32 => (int)Integer(bytes),
        CellKind.Int64 => Integer(bytes),
        CellKind.Single => BinaryPrimitives.ReadSingleBigEndian(bytes),
        CellKind.Double => BinaryPrimitives.ReadDoubleBigEndian(bytes),
        CellKind.Timestamp => Time(Integer(bytes), DateTimeKind.Unspecified),
        CellKind.TimestampTz => Time(Integer(bytes), DateTimeKind.Utc),
        CellKind.Date => Day(Integer(bytes)),
        CellKind.Text => Encoding.UTF8.GetString(bytes),
        // A version, always 1, stands before the text.
        CellKind.Jsonb => Encoding.UTF8.GetString(bytes[1..]),
        CellKind.Bytes => bytes.ToArray(),
        CellKind.Uuid => new Guid(bytes, bigEndian: true),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    /// <summary>A number of 2, 4 or 8 bytes.</summary>
    public static long Integer(ReadOnlySpan<byte> bytes) => bytes.Length switch
    {
        sizeof(short) => BinaryPrimitives.ReadInt16BigEndian(bytes),
        sizeof(int) => BinaryPrimitives.ReadInt32BigEndian(bytes),
        _ => BinaryPrimitives.ReadInt64BigEndian(bytes),
    };

    // Infinity and years that .NET does not know become the nearest it does.
    private static DateTime Time(long microseconds, DateTimeKind kind) => microseconds switch
    {
        < -63_082_281_600_000_000 => DateTime.SpecifyKind(DateTime.MinValue, kind),
        > 252_455_615_999_999_999 => DateTime.SpecifyKind(DateTime.MaxValue, kind),
        _ => DateTime.SpecifyKind(Epoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond), kind),
    };

    private static DateOnly Day(long days) => days switch
    {
        < -730_119 => DateOnly.MinValue,
        > 2_921_939 => DateOnly.MaxValue,
        _ => DateOnly.FromDateTime(Epoch).AddDays((int)days),
    };
}
