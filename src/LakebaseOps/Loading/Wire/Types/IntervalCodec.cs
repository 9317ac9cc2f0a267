using System.Buffers.Binary;

namespace LakebaseOps.Loading.Wire.Types;

/// <summary>
/// interval, in the server's own form ("1 year 2 mons -3 days +04:05:06.7", "5 minutes") and as ISO 8601
/// ("P1Y2M-3DT4H5M6.7S"). Whole numbers with their units in falling order, each once. Where the first number is negative and
/// no other has a sign, IntervalStyle decides about the others: that is for the server.
/// </summary>
internal static class IntervalCodec
{
    private const int MonthRank = 2;
    private const int WeekRank = 3;
    private const int HourRank = 5;

    /// <summary>Writes a value.</summary>
    public static bool TryWrite(ReadOnlySpan<byte> text, CopyBuffer buffer)
    {
        Span span = default;
        if (text.Length is 0 or > 100 || !(text[0] == (byte)'P' ? TryIso(text[1..], ref span) : TryPlain(text, ref span)))
            return false;
        if (span.Months != (int)span.Months || span.Days != (int)span.Days)
            return false;
        Span<byte> field = buffer.WriteField(16);
        BinaryPrimitives.WriteInt64BigEndian(field, span.Microseconds);
        BinaryPrimitives.WriteInt32BigEndian(field[8..], (int)span.Days);
        BinaryPrimitives.WriteInt32BigEndian(field[12..], (int)span.Months);
        return true;
    }

    private static bool TryPlain(ReadOnlySpan<byte> text, ref Span span)
    {
        bool beginsNegative = text[0] == (byte)'-';
        int rank = 0;
        int parts = 0;
        int signs = 0;
        while (true)
        {
            if (!TryNumber(ref text, out long number, out bool hasSign, out bool negative))
                return false;
            parts++;
            signs += hasSign ? 1 : 0;
            if (text.Length > 0 && text[0] == (byte)':')
            {
                // The time of the day ends it.
                if (rank >= HourRank || !TryTime(text, Math.Abs(number), negative, ref span))
                    return false;
                break;
            }

            if (text.Length < 2 || text[0] != (byte)' ')
                return false;
            text = text[1..];
            int end = text.IndexOf((byte)' ');
            int unit = UnitOf(end < 0 ? text : text[..end]);
            if (unit <= rank || !span.TryAdd(unit, number))
                return false;
            rank = unit;
            if (end < 0)
                break;
            text = text[(end + 1)..];
        }

        return !beginsNegative || parts == 1 || signs > 1;
    }

    /// <summary>:MM:SS[.f] behind the hours.</summary>
    private static bool TryTime(ReadOnlySpan<byte> text, long hours, bool negative, ref Span span)
    {
        if (hours > 1_000_000 || text.Length < 6 || text[3] != (byte)':' || !Digits.TryRead(text, 1, 2, out int minutes)
            || !Digits.TryRead(text, 4, 2, out int seconds) || minutes > 59 || seconds > 59)
            return false;
        long time = ((hours * 60 + minutes) * 60 + seconds) * 1_000_000;
        int used = 6;
        if (text.Length > 6 && (text[6] != (byte)'.' || !TimeCodec.TryFraction(text, ref time, ref used)))
            return false;
        span.Microseconds = negative ? -time : time;
        return used == text.Length;
    }

    private static bool TryIso(ReadOnlySpan<byte> text, ref Span span)
    {
        int rank = 0;
        bool isTime = false;
        while (text.Length > 0)
        {
            if (!isTime && text[0] == (byte)'T')
            {
                isTime = true;
                text = text[1..];
            }

            if (!TryNumber(ref text, out long number, out bool hasSign, out bool negative) || text.Length == 0 || (hasSign && !negative))
                return false;
            int unit = (isTime, text[0]) switch
            {
                (false, (byte)'Y') => 1,
                (false, (byte)'M') => 2,
                (false, (byte)'W') => 3,
                (false, (byte)'D') => 4,
                (true, (byte)'H') => 5,
                (true, (byte)'M') => 6,
                (true, (byte)'S' or (byte)'.') => 7,
                _ => 0,
            };
            long fraction = 0;
            int used = 0;
            if (text[0] == (byte)'.' && (!TimeCodec.TryFraction(text, ref fraction, ref used) || used >= text.Length || text[used] != (byte)'S'))
                return false;
            if (unit <= rank || !span.TryAdd(unit, number))
                return false;
            span.Microseconds += negative ? -fraction : fraction;
            rank = unit;
            text = text[(used + 1)..];
        }

        return rank > 0;
    }

    /// <summary>[+-]digits, at most nine.</summary>
    private static bool TryNumber(ref ReadOnlySpan<byte> text, out long number, out bool hasSign, out bool negative)
    {
        number = 0;
        hasSign = text.Length > 0 && text[0] is (byte)'-' or (byte)'+';
        negative = hasSign && text[0] == (byte)'-';
        int first = hasSign ? 1 : 0;
        int at = first;
        for (; at < text.Length && text[at] is >= (byte)'0' and <= (byte)'9'; at++)
            number = number * 10 + (text[at] - '0');
        if (at == first || at - first > 9)
            return false;
        if (negative)
            number = -number;
        text = text[at..];
        return true;
    }

    private static int UnitOf(ReadOnlySpan<byte> name)
    {
        if (name.Length > 3 && name[^1] == (byte)'s')
            name = name[..^1];
        return name.SequenceEqual("year"u8) ? 1
            : name.SequenceEqual("mon"u8) || name.SequenceEqual("month"u8) ? MonthRank
            : name.SequenceEqual("week"u8) ? WeekRank
            : name.SequenceEqual("day"u8) ? 4
            : name.SequenceEqual("hour"u8) ? HourRank
            : name.SequenceEqual("minute"u8) ? 6
            : name.SequenceEqual("second"u8) ? 7 : 0;
    }

    private struct Span
    {
        public long Months;
        public long Days;
        public long Microseconds;

        public bool TryAdd(int unit, long number)
        {
            switch (unit)
            {
                case 1:
                    Months += number * 12;
                    return true;
                case MonthRank:
                    Months += number;
                    return true;
                case WeekRank:
                    Days += number * 7;
                    return true;
                case 4:
                    Days += number;
                    return true;
                case HourRank:
                    Microseconds += number * 3_600_000_000;
                    return true;
                case 6:
                    Microseconds += number * 60_000_000;
                    return true;
                case 7:
                    Microseconds += number * 1_000_000;
                    return true;
                default:
                    return false;
            }
        }
    }
}
