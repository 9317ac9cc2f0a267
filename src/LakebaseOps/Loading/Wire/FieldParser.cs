using System.Buffers.Text;
using System.Globalization;

namespace LakebaseOps.Loading.Wire;

/// <summary>
/// Reads texts of values in the plain forms whose meaning is the same under every server version and setting. Anything
/// else, wrong or merely unusual, is answered with false: then the server itself reads the text.
/// </summary>
internal static class FieldParser
{
    private static readonly double[] Powers =
        [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22];

    /// <summary>-?digits, at most 18 of them.</summary>
    public static bool TryInt64(ReadOnlySpan<byte> text, out long value)
    {
        value = 0;
        bool negative = text.Length > 0 && text[0] == (byte)'-';
        if (negative)
            text = text[1..];
        if (text.Length is 0 or > 18)
            return false;
        foreach (byte character in text)
        {
            uint digit = (uint)(character - '0');
            if (digit > 9)
                return false;
            value = value * 10 + digit;
        }

        if (negative)
            value = -value;
        return true;
    }

    /// <summary>-?digits[.digits][e[+-]digits] with a finite value.</summary>
    public static bool TryDouble(ReadOnlySpan<byte> text, out double value)
    {
        value = 0;
        if (!TryDecimal(text, out bool negative, out ulong mantissa, out int digits, out int exponent))
            return false;
        // Up to 15 digits and a power of ten up to 22 are both exact, so one operation rounds once, as strtod does.
        if (digits <= 15 && exponent is >= -22 and <= 22)
        {
            value = exponent < 0 ? mantissa / Powers[-exponent] : mantissa * Powers[exponent];
            if (negative)
                value = -value;
            return true;
        }

        // A value that rounds to zero or infinity is an error on the server: its own judgement is asked.
        return Utf8Parser.TryParse(text, out value, out int used) && used == text.Length
            && double.IsFinite(value) && (value != 0 || digits == 0);
    }

    /// <summary>The same for single precision, rounded once.</summary>
    public static bool TrySingle(ReadOnlySpan<byte> text, out float value)
    {
        value = 0;
        return TryDecimal(text, out _, out _, out int digits, out _)
            && float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value)
            && float.IsFinite(value) && (value != 0 || digits == 0);
    }

    /// <summary>t, f, true, false, 1 or 0.</summary>
    public static bool TryBoolean(ReadOnlySpan<byte> text, out bool value)
    {
        value = text.Length > 0 && text[0] is (byte)'t' or (byte)'1';
        return text.Length == 1 ? text[0] is (byte)'t' or (byte)'f' or (byte)'1' or (byte)'0' : text.SequenceEqual("true"u8) || text.SequenceEqual("false"u8);
    }

    /// <summary>YYYY-MM-DD; days since 2000-01-01.</summary>
    public static bool TryDate(ReadOnlySpan<byte> text, out int days)
    {
        days = 0;
        if (text.Length != 10 || text[4] != (byte)'-' || text[7] != (byte)'-'
            || !Digits(text, 0, 4, out int year) || !Digits(text, 5, 2, out int month) || !Digits(text, 8, 2, out int day)
            || year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month))
            return false;
        days = new DateOnly(year, month, day).DayNumber - 730119;
        return true;
    }

    /// <summary>
    /// YYYY-MM-DD, a blank or T, HH:MM[:SS[.f]] with up to six decimals, and for timestamptz a zone: Z, +HH, +HHMM or
    /// +HH:MM; microseconds since 2000-01-01.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="hasZone">Whether the type has a zone.</param>
    /// <param name="zoneIsUtc">Whether a missing zone means UTC.</param>
    /// <param name="microseconds">The value.</param>
    public static bool TryTimestamp(ReadOnlySpan<byte> text, bool hasZone, bool zoneIsUtc, out long microseconds)
    {
        microseconds = 0;
        if (text.Length < 16 || text[10] is not ((byte)' ' or (byte)'T') || !TryDate(text[..10], out int days)
            || text[13] != (byte)':' || !Digits(text, 11, 2, out int hour) || !Digits(text, 14, 2, out int minute)
            || hour > 23 || minute > 59)
            return false;
        long time = (hour * 60L + minute) * 60_000_000;
        ReadOnlySpan<byte> rest = text[16..];
        if (rest.Length >= 3 && rest[0] == (byte)':')
        {
            if (!Digits(rest, 1, 2, out int second) || second > 59)
                return false;
            time += second * 1_000_000L;
            rest = rest[3..];
            if (rest.Length >= 2 && rest[0] == (byte)'.')
            {
                int count = 0;
                int fraction = 0;
                while (count + 1 < rest.Length && char.IsAsciiDigit((char)rest[count + 1]))
                {
                    if (++count > 6)
                        return false;
                    fraction = fraction * 10 + (rest[count] - '0');
                }

                if (count == 0)
                    return false;
                for (int scale = count; scale < 6; scale++)
                    fraction *= 10;
                time += fraction;
                rest = rest[(count + 1)..];
            }
        }

        if (rest.Length == 0)
        {
            if (hasZone && !zoneIsUtc)
                return false;
        }
        else if (!hasZone || !TryZone(rest, out int zoneMinutes))
        {
            return false;
        }
        else
        {
            time -= zoneMinutes * 60_000_000L;
        }

        microseconds = days * 86_400_000_000 + time;
        return true;
    }

    /// <summary>8-4-4-4-12 hexadecimal digits.</summary>
    public static bool TryUuid(ReadOnlySpan<byte> text, out Guid value)
    {
        value = default;
        return text.Length == 36 && Utf8Parser.TryParse(text, out value, out int used, 'D') && used == 36;
    }

    private static bool TryZone(ReadOnlySpan<byte> text, out int minutes)
    {
        minutes = 0;
        if (text.Length == 1 && text[0] == (byte)'Z')
            return true;
        if (text[0] is not ((byte)'+' or (byte)'-') || !Digits(text, 1, 2, out int hours) || hours > 15)
            return false;
        int rest = 0;
        bool known = text.Length switch
        {
            3 => true,
            5 => Digits(text, 3, 2, out rest),
            6 => text[3] == (byte)':' && Digits(text, 4, 2, out rest),
            _ => false,
        };
        if (!known || rest > 59)
            return false;
        minutes = (hours * 60 + rest) * (text[0] == (byte)'-' ? -1 : 1);
        return true;
    }

    private static bool Digits(ReadOnlySpan<byte> text, int at, int count, out int value)
    {
        value = 0;
        if (text.Length < at + count)
            return false;
        for (int i = at; i < at + count; i++)
        {
            uint digit = (uint)(text[i] - '0');
            if (digit > 9)
                return false;
            value = value * 10 + (int)digit;
        }

        return true;
    }

    /// <summary>Checks the form; the mantissa is only complete up to 15 significant digits.</summary>
    private static bool TryDecimal(ReadOnlySpan<byte> text, out bool negative, out ulong mantissa, out int digits, out int exponent)
    {
        mantissa = 0;
        digits = 0;
        exponent = 0;
        negative = text.Length > 0 && text[0] == (byte)'-';
        int at = negative ? 1 : 0;
        int seen = 0;
        bool point = false;
        for (; at < text.Length; at++)
        {
            uint digit = (uint)(text[at] - '0');
            if (digit <= 9)
            {
                seen++;
                exponent -= point ? 1 : 0;
                if (digits == 0 && digit == 0)
                    continue;
                if (++digits <= 15)
                    mantissa = mantissa * 10 + digit;
            }
            else if (text[at] == (byte)'.' && !point && seen > 0)
            {
                point = true;
            }
            else
            {
                break;
            }
        }

        if (seen == 0 || (point && text[at - 1] == (byte)'.'))
            return false;
        if (at == text.Length)
            return true;
        if (text[at] is not ((byte)'e' or (byte)'E') || at + 1 >= text.Length)
            return false;
        at++;
        bool down = text[at] == (byte)'-';
        if (down || text[at] == (byte)'+')
            at++;
        if (at >= text.Length || text.Length - at > 4 || !Digits(text, at, text.Length - at, out int power))
            return false;
        exponent += down ? -power : power;
        return true;
    }
}
