using System.Globalization;

namespace LakebaseOps.Loading.Wire.Types;

/// <summary>real and double precision: -?digits[.digits][e[+-]digits] with a finite value, NaN, Infinity, -Infinity.</summary>
internal static class FloatCodec
{
    private const long LargestExact = 1L << 53;

    private static readonly double[] Powers =
        [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22];

    // The server's NaN has no sign; that of .NET has one.
    private static readonly double PlainNaN = BitConverter.UInt64BitsToDouble(0x7FF8_0000_0000_0000);
    private static readonly float PlainNaNSingle = BitConverter.UInt32BitsToSingle(0x7FC0_0000);

    /// <summary>Reads a double precision value.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, out double value)
    {
        value = 0;
        if (!Decimal.TryRead(text, out Decimal number))
            return TryNamed(text, out value);
        // A mantissa below 2^53 and a power of ten up to 22 are both exact, so one operation rounds once, as strtod does.
        if (number is { Digits: <= 19, Mantissa: <= LargestExact, Exponent: >= -22 and <= 22 })
        {
            value = number.Exponent < 0 ? number.Mantissa / Powers[-number.Exponent] : number.Mantissa * Powers[number.Exponent];
            if (number.IsNegative)
                value = -value;
            return true;
        }

        // A value that rounds to zero or infinity is an error on the server: its own judgement is asked.
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value)
            && double.IsFinite(value) && (value != 0 || number.Digits == 0);
    }

    /// <summary>Reads a single precision value, rounded once.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, out float value)
    {
        value = 0;
        if (!Decimal.TryRead(text, out Decimal number))
        {
            if (!TryNamed(text, out double named))
                return false;
            value = double.IsNaN(named) ? PlainNaNSingle : (float)named;
            return true;
        }

        return float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value)
            && float.IsFinite(value) && (value != 0 || number.Digits == 0);
    }

    private static bool TryNamed(ReadOnlySpan<byte> text, out double value)
    {
        value = text.SequenceEqual("NaN"u8) ? PlainNaN
            : text.SequenceEqual("Infinity"u8) ? double.PositiveInfinity
            : text.SequenceEqual("-Infinity"u8) ? double.NegativeInfinity : 0;
        return value != 0;
    }

    /// <summary>A number as written: mantissa and power of ten. The mantissa is complete up to 19 significant digits.</summary>
    private readonly record struct Decimal(bool IsNegative, ulong Mantissa, int Digits, int Exponent)
    {
        public static bool TryRead(ReadOnlySpan<byte> text, out Decimal number)
        {
            number = default;
            ulong mantissa = 0;
            int digits = 0;
            int exponent = 0;
            bool negative = text.Length > 0 && text[0] == (byte)'-';
            int first = negative ? 1 : 0;
            int at = first;
            int point = -1;
            for (; at < text.Length; at++)
            {
                uint digit = (uint)(text[at] - '0');
                if (digit <= 9)
                {
                    if ((digits | (int)digit) != 0 && ++digits <= 19)
                        mantissa = mantissa * 10 + digit;
                }
                else if (text[at] == (byte)'.' && point < 0 && at > first)
                {
                    point = at;
                }
                else
                {
                    break;
                }
            }

            if (at == first || point == at - 1)
                return false;
            if (point >= 0)
                exponent = point + 1 - at;
            if (at < text.Length && !TryPower(text[at..], ref exponent))
                return false;
            number = new Decimal(negative, mantissa, digits, exponent);
            return true;
        }

        private static bool TryPower(ReadOnlySpan<byte> text, ref int exponent)
        {
            if (text[0] is not ((byte)'e' or (byte)'E') || text.Length < 2)
                return false;
            int at = text[1] is (byte)'-' or (byte)'+' ? 2 : 1;
            int count = text.Length - at;
            if (count is 0 or > 4 || !Types.Digits.TryRead(text, at, count, out int power))
                return false;
            exponent += text[1] == (byte)'-' ? -power : power;
            return true;
        }
    }
}
