namespace LakebaseOps.Loading.Wire.Types;

/// <summary>date: YYYY-MM-DD of the years 0001 to 9999, infinity, -infinity.</summary>
internal static class DateCodec
{
    private const int Year2000 = 730119;

    /// <summary>Reads a value: days since 2000-01-01.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, out int days) =>
        text.Length == 10 && text[0] != (byte)'-'
            ? TryCalendar(text, out days)
            : TryInfinity(text, int.MaxValue, int.MinValue, out days);

    /// <summary>The first ten bytes as YYYY-MM-DD.</summary>
    public static bool TryCalendar(ReadOnlySpan<byte> text, out int days)
    {
        days = 0;
        if (text.Length < 10 || text[4] != (byte)'-' || text[7] != (byte)'-'
            || !Digits.TryRead(text, 0, 4, out int year) || !Digits.TryRead(text, 5, 2, out int month) || !Digits.TryRead(text, 8, 2, out int day)
            || year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month))
            return false;
        days = new DateOnly(year, month, day).DayNumber - Year2000;
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
