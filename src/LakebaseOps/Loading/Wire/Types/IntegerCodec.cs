namespace LakebaseOps.Loading.Wire.Types;

/// <summary>smallint, integer, bigint: -?digits, at most 19 of them.</summary>
internal static class IntegerCodec
{
    /// <summary>Reads a value; whether a shorter type holds it is the caller's question.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, out long value)
    {
        value = 0;
        bool negative = text.Length > 0 && text[0] == (byte)'-';
        if (negative)
            text = text[1..];
        if (text.Length is 0 or > 19)
            return false;
        ulong sum = 0;
        while (text.Length >= 8)
        {
            if (!Digits.TryEight(text, out uint eight))
                return false;
            sum = sum * 100_000_000 + eight;
            text = text[8..];
        }

        foreach (byte character in text)
        {
            uint digit = (uint)(character - '0');
            if (digit > 9)
                return false;
            sum = sum * 10 + digit;
        }

        if (sum > long.MaxValue + (negative ? 1UL : 0))
            return false;
        value = negative ? (long)(0 - sum) : (long)sum;
        return true;
    }
}
