namespace LakebaseOps.Loading.Wire.Types;

/// <summary>boolean: t, f, 1, 0, and true or false in any case of letters.</summary>
internal static class BooleanCodec
{
    /// <summary>Reads a value.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, out bool value)
    {
        value = false;
        switch (text.Length)
        {
            case 1:
                value = text[0] is (byte)'t' or (byte)'1';
                return value || text[0] is (byte)'f' or (byte)'0';
            case 4:
                value = true;
                return System.Text.Ascii.EqualsIgnoreCase(text, "true"u8);
            case 5:
                return System.Text.Ascii.EqualsIgnoreCase(text, "false"u8);
            default:
                return false;
        }
    }
}
