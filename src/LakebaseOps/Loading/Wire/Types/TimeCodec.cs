using System.Buffers.Binary;

namespace LakebaseOps.Loading.Wire.Types;

/// <summary>
/// time: HH:MM[:SS[.f]] with up to six decimals. timetz: the same and a zone, Z, +HH, +HHMM or +HH:MM; without one only
/// where the session's zone is UTC.
/// </summary>
internal static class TimeCodec
{
    // What makes a 0 of each colon in HH:MM:SS, and where those zeros are then.
    private const ulong Colons = (ulong)(':' ^ '0') << 16 | (ulong)(':' ^ '0') << 40;
    private const ulong ColonAt = 0x0000_FF00_00FF_0000;

    /// <summary>Reads a time of the day: microseconds since midnight.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, out long microseconds) =>
        TryClock(text, out microseconds, out int used) && used == text.Length;

    /// <summary>Writes a timetz.</summary>
    public static bool TryWriteZoned(ReadOnlySpan<byte> text, bool zoneIsUtc, CopyBuffer buffer)
    {
        if (!TryClock(text, out long microseconds, out int used))
            return false;
        int minutes = 0;
        if (used == text.Length ? !zoneIsUtc : !TryZone(text[used..], out minutes))
            return false;
        Span<byte> field = buffer.WriteField(12);
        BinaryPrimitives.WriteInt64BigEndian(field, microseconds);
        // On the wire the zone counts westwards.
        BinaryPrimitives.WriteInt32BigEndian(field[8..], -60 * minutes);
        return true;
    }

    /// <summary>The time of the day that a text begins with.</summary>
    public static bool TryClock(ReadOnlySpan<byte> text, out long microseconds, out int used)
    {
        if (text.Length < 8)
            return TrySlowly(text, out microseconds, out used);
        // HH:MM:SS, and often six decimals, each as one word.
        ulong word = BinaryPrimitives.ReadUInt64LittleEndian(text) ^ Colons;
        if (!Digits.TryPairs(word, out ulong pairs) || (word & ColonAt) != (ColonAt & 0x3030303030303030))
            return TrySlowly(text, out microseconds, out used);
        used = 8;
        uint hour = (byte)pairs;
        uint minute = (byte)(pairs >> 24);
        uint second = (byte)(pairs >> 48);
        microseconds = (hour * 3600 + minute * 60 + second) * 1_000_000L;
        if (hour > 23 || minute > 59 || second > 59)
            return false;
        if (text.Length == 8 || text[8] != (byte)'.')
            return true;
        if (text.Length >= 15 && (text.Length == 15 || (uint)(text[15] - '0') > 9)
            && Digits.TryEight((BinaryPrimitives.ReadUInt64LittleEndian(text[7..]) & ~0xFFFFUL) | 0x3030, out uint fraction))
        {
            used = 15;
            microseconds += fraction;
            return true;
        }

        return TryFraction(text, ref microseconds, ref used);
    }

    /// <summary>The same for a text without seconds, or of any other form.</summary>
    private static bool TrySlowly(ReadOnlySpan<byte> text, out long microseconds, out int used)
    {
        microseconds = 0;
        used = 5;
        if (text.Length < 5 || text[2] != (byte)':' || !Digits.TryRead(text, 0, 2, out int hour) || !Digits.TryRead(text, 3, 2, out int minute)
            || hour > 23 || minute > 59)
            return false;
        microseconds = (hour * 60L + minute) * 60_000_000;
        if (text.Length == 5 || text[5] != (byte)':')
            return true;
        if (!Digits.TryRead(text, 6, 2, out int second) || second > 59)
            return false;
        used = 8;
        microseconds += second * 1_000_000L;
        return text.Length == 8 || text[8] != (byte)'.' || TryFraction(text, ref microseconds, ref used);
    }

    /// <summary>A zone: minutes eastwards.</summary>
    public static bool TryZone(ReadOnlySpan<byte> text, out int minutes)
    {
        minutes = 0;
        if (text.Length == 1 && text[0] == (byte)'Z')
            return true;
        if (text[0] is not ((byte)'+' or (byte)'-') || !Digits.TryRead(text, 1, 2, out int hours) || hours > 15)
            return false;
        int rest = 0;
        bool known = text.Length switch
        {
            3 => true,
            5 => Digits.TryRead(text, 3, 2, out rest),
            6 => text[3] == (byte)':' && Digits.TryRead(text, 4, 2, out rest),
            _ => false,
        };
        if (!known || rest > 59)
            return false;
        minutes = (hours * 60 + rest) * (text[0] == (byte)'-' ? -1 : 1);
        return true;
    }

    /// <summary>A point and one to six decimals of a second.</summary>
    public static bool TryFraction(ReadOnlySpan<byte> text, ref long microseconds, ref int used)
    {
        int fraction = 0;
        int at = used + 1;
        for (; at < text.Length && text[at] is >= (byte)'0' and <= (byte)'9'; at++)
        {
            if (at - used > 6)
                return false;
            fraction = fraction * 10 + (text[at] - '0');
        }

        int count = at - used - 1;
        if (count == 0)
            return false;
        for (; count < 6; count++)
            fraction *= 10;
        microseconds += fraction;
        used = at;
        return true;
    }
}
