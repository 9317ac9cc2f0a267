namespace LakebaseOps.Loading.Wire.Types;

/// <summary>
/// bytea: \x and pairs of hexadecimal digits; or ASCII text in which \\ is a backslash and \ooo a byte in octal. Bytes beyond
/// ASCII are for the server: it converts them to its own encoding first.
/// </summary>
internal static class ByteaCodec
{
    /// <summary>Writes a value.</summary>
    public static bool TryWrite(ReadOnlySpan<byte> text, CopyBuffer buffer) => text.StartsWith("\\x"u8)
        ? TryHex(text[2..], buffer)
        : TryEscaped(text, buffer);

    private static bool TryHex(ReadOnlySpan<byte> hex, CopyBuffer buffer)
    {
        if ((hex.Length & 1) != 0)
            return false;
        Span<byte> field = buffer.WriteField(hex.Length / 2);
        for (int i = 0; i < field.Length; i++)
        {
            int high = HexDigit.Value(hex[2 * i]);
            int low = HexDigit.Value(hex[2 * i + 1]);
            if ((high | low) < 0)
                return false;
            field[i] = (byte)((high << 4) | low);
        }

        return true;
    }

    private static bool TryEscaped(ReadOnlySpan<byte> text, CopyBuffer buffer)
    {
        if (text.ContainsAnyExceptInRange((byte)1, (byte)127))
            return false;
        int field = buffer.BeginField();
        while (true)
        {
            int found = text.IndexOf((byte)'\\');
            if (found < 0)
                break;
            buffer.WritePart(text[..found]);
            text = text[(found + 1)..];
            if (text.Length > 0 && text[0] == (byte)'\\')
            {
                buffer.WritePart(text[..1]);
                text = text[1..];
            }
            else if (text.Length >= 3 && text[0] is >= (byte)'0' and <= (byte)'3'
                && text[1] is >= (byte)'0' and <= (byte)'7' && text[2] is >= (byte)'0' and <= (byte)'7')
            {
                buffer.WritePart([(byte)(((text[0] - '0') << 6) | ((text[1] - '0') << 3) | (text[2] - '0'))]);
                text = text[3..];
            }
            else
            {
                return false;
            }
        }

        buffer.WritePart(text);
        buffer.EndField(field);
        return true;
    }
}
