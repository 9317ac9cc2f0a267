using System.Buffers.Binary;

namespace LakebaseOps.Loading.Wire.Types;

/// <summary>date: YYYY-MM-DD of the years 0001 to 9999, infinity, -infinity.</summary>
internal static class DateCodec
{
    private const int Year2000 = 730119;

    // What makes a 0 of each hyphen in YYYY-MM-, and where those zeros are then.
    private const ulong Hyphens = (ulong)('-' ^ '0') << 32 | (ulong)('-' ^ '0') << 56;
    private const ulong HyphenAt = 0xFF00_00FF_0000_0000;

    // Days before each month of a year without a leap day, and of the whole year.
    private static readonly ushort[] Before = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365];

    /// <summary>Reads a value: days since 2000-01-01.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, out int days) =>
        text.Length == 10 && text[0] != (byte)'-'
            ? TryCalendar(text, out days)
            : TryInfinity(text, int.MaxValue, int.MinValue, out days);

    /// <summary>The first ten bytes as YYYY-MM-DD.</summary>
    public static bool TryCalendar(ReadOnlySpan<byte> text, out int days)
    {
        days = 0;
        if (text.Length < 10)
            return false;
        ulong word = BinaryPrimitives.ReadUInt64LittleEndian(text) ^ Hyphens;
        uint tens = (uint)(text[8] - '0');
        uint ones = (uint)(text[9] - '0');
        if (!Digits.TryPairs(word, out ulong pairs) || (word & HyphenAt) != (HyphenAt & 0x3030303030303030) || tens > 9 || ones > 9)
            return false;
        int year = (byte)pairs * 100 + (byte)(pairs >> 16);
        int month = (byte)(pairs >> 40);
        int day = (int)(tens * 10 + ones);
        if (year < 1 || month is < 1 or > 12 || day < 1)
            return false;
        bool isLeap = (year % 25 != 0 ? year & 3 : year & 15) == 0;
        if (day > Before[month] - Before[month - 1] + (isLeap && month == 2 ? 1 : 0))
            return false;
        int past = year - 1;
        days = past * 365 + past / 4 - past / 100 + past / 400 + Before[month - 1] + (isLeap && month > 2 ? 1 : 0) + day - 1 - Year2000;
        return true;
    }

    /// <summary>infinity or -infinity.</summary>
    public static bool TryInfinity<T>(ReadOnlySpan<byte> text, T most, T least, out T value)
        where T : struct
    {
        bool above = text.SequenceEqual("infinity"u8);
        value = above ? most : least;
        return above || text.SequenceEqual("-infinity"u8);
    }
}
