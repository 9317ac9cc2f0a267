using System.Buffers.Binary;

namespace LakebaseOps.Loading.Wire.Types;

/// <summary>
/// inet and cidr: four decimal numbers, or an IPv6 address of hexadecimal groups with at most one "::", and an optional
/// /bits, which cidr must have.
/// </summary>
internal static class NetworkCodec
{
    private const byte Ip4 = 2;
    private const byte Ip6 = 3;

    /// <summary>Writes a value.</summary>
    public static bool TryWrite(ReadOnlySpan<byte> text, bool isCidr, CopyBuffer buffer)
    {
        if (text.Length is 0 or > 43)
            return false;
        int slash = text.IndexOf((byte)'/');
        ReadOnlySpan<byte> address = slash < 0 ? text : text[..slash];
        Span<byte> bytes = stackalloc byte[16];
        bool isIp6 = address.Contains((byte)':');
        int size = isIp6 ? 16 : 4;
        int bits = size * 8;
        if (!(isIp6 ? TryIp6(address, bytes) : TryIp4(address, bytes))
            || (slash < 0 ? isCidr : !TryDecimal(text[(slash + 1)..], size * 8, out bits)))
            return false;
        Span<byte> field = buffer.WriteField(4 + size);
        field[0] = isIp6 ? Ip6 : Ip4;
        field[1] = (byte)bits;
        field[2] = isCidr ? (byte)1 : (byte)0;
        field[3] = (byte)size;
        bytes[..size].CopyTo(field[4..]);
        return true;
    }

    private static bool TryIp4(ReadOnlySpan<byte> text, Span<byte> bytes)
    {
        for (int i = 0; i < 4; i++)
        {
            int end = i == 3 ? text.Length : text.IndexOf((byte)'.');
            if (end < 0 || !TryDecimal(text[..end], 255, out int part))
                return false;
            bytes[i] = (byte)part;
            text = i == 3 ? [] : text[(end + 1)..];
        }

        return true;
    }

    private static bool TryIp6(ReadOnlySpan<byte> text, Span<byte> bytes)
    {
        bytes.Clear();
        int gap = text.IndexOf("::"u8);
        if (gap < 0)
            return TryGroups(text, bytes, out int all) && all == 8;
        Span<byte> behind = stackalloc byte[16];
        if (!TryGroups(text[..gap], bytes, out int before) || !TryGroups(text[(gap + 2)..], behind, out int after) || before + after > 7)
            return false;
        behind[..(2 * after)].CopyTo(bytes[(16 - 2 * after)..]);
        return true;
    }

    /// <summary>Groups of one to four hexadecimal digits with a colon between two.</summary>
    private static bool TryGroups(ReadOnlySpan<byte> text, Span<byte> bytes, out int count)
    {
        count = 0;
        while (text.Length > 0)
        {
            int colon = text.IndexOf((byte)':');
            ReadOnlySpan<byte> group = colon < 0 ? text : text[..colon];
            if (group.Length is 0 or > 4 || count == 8 || colon == text.Length - 1)
                return false;
            int value = 0;
            foreach (byte character in group)
            {
                int digit = HexDigit.Value(character);
                if (digit < 0)
                    return false;
                value = (value << 4) | digit;
            }

            BinaryPrimitives.WriteUInt16BigEndian(bytes[(2 * count++)..], (ushort)value);
            text = colon < 0 ? [] : text[(colon + 1)..];
        }

        return true;
    }

    /// <summary>A number without leading zeros.</summary>
    private static bool TryDecimal(ReadOnlySpan<byte> text, int most, out int value)
    {
        value = 0;
        return text.Length is 1 or 2 or 3 && (text.Length == 1 || text[0] != (byte)'0')
            && Digits.TryRead(text, 0, text.Length, out value) && value <= most;
    }
}
