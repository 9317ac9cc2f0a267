namespace LakebaseOps.Loading.Wire.Types;

/// <summary>
/// timestamp and timestamptz: YYYY-MM-DD, a blank or T, HH:MM[:SS[.f]] with up to six decimals, and for timestamptz a zone
/// (Z, +HH, +HHMM, +HH:MM), which may be missing only where the session's zone is UTC; infinity, -infinity.
/// </summary>
internal static class TimestampCodec
{
    private const long Day = 86_400_000_000;

    /// <summary>Reads a value: microseconds since 2000-01-01.</summary>
    /// <param name="text">The text.</param>
    /// <param name="hasZone">Whether the type has a zone.</param>
    /// <param name="zoneIsUtc">Whether a missing zone means UTC.</param>
    /// <param name="microseconds">The value.</param>
    public static bool TryRead(ReadOnlySpan<byte> text, bool hasZone, bool zoneIsUtc, out long microseconds)
    {
        microseconds = 0;
        if (text.Length < 16 || text[10] is not ((byte)' ' or (byte)'T'))
            return DateCodec.TryInfinity(text, long.MaxValue, long.MinValue, out microseconds);
        if (!DateCodec.TryCalendar(text, out int days) || !TimeCodec.TryClock(text[11..], out long time, out int used))
            return false;
        ReadOnlySpan<byte> zone = text[(11 + used)..];
        if (zone.Length == 0)
        {
            if (hasZone && !zoneIsUtc)
                return false;
        }
        else if (!hasZone || !TimeCodec.TryZone(zone, out int minutes))
        {
            return false;
        }
        else
        {
            time -= minutes * 60_000_000L;
        }

        microseconds = days * Day + time;
        return true;
    }
}
