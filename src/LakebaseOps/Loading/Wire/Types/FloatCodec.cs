using System.Globalization;

namespace LakebaseOps.Loading.Wire.Types;

/// <summary>real and double precision: -?digits[.digits][e[+-]digits] with a finite value, NaN, Infinity, -Infinity.</summary>
internal static class FloatCodec
{
    private const long LargestExact = 1L << 53;
    private const double SmallestNormal = 1.17549435082228751e-38;

    // Bits of a double's mantissa that a float has no room for, and those of a value just between two floats.
    private const long BeyondSingle = (1L << 29) - 1;
    private const long HalfOfSingle = 1L << 28;

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
        if (TryExact(number, out value))
            return true;

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

        // Unless it lies just between two floats, a double rounds to the same one as the number it was rounded from.
        if (TryExact(number, out double near) && Math.Abs(near) is >= SmallestNormal and < float.MaxValue
            && (BitConverter.DoubleToInt64Bits(near) & BeyondSingle) != HalfOfSingle)
        {
            value = (float)near;
            return true;
        }

        return float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value)
            && float.IsFinite(value) && (value != 0 || number.Digits == 0);
    }

    /// <summary>
    /// A mantissa up to 2^53 and a power of ten up to 22 are both exact, so that one operation rounds once, as strtod does.
    /// </summary>
    private static bool TryExact(Decimal number, out double value)
    {
        value = 0;
        if (number is not { Digits: <= 19, Mantissa: <= LargestExact, Exponent: >= -22 and <= 22 })
            return false;
        value = number.Exponent < 0 ? number.Mantissa / Powers[-number.Exponent] : number.Mantissa * Powers[number.Exponent];
        if (number.IsNegative)
            value = -value;
        return true;
    }

    private static bool TryNamed(ReadOnlySpan<byte> text, out double value)
    {
        value = text.SequenceEqual("NaN"u8) ? PlainNaN
            : text.SequenceEqual("Infinity"u8) ? double.PositiveInfinity
            : text.SequenceEqual("-Infinity"u8) ? double.NegativeInfinity : 0;
        return value != 0;
    }

    /// <summary>
    /// A number as written: mantissa and power of ten. Digits counts the significant ones of a long text, and is only not 0
    /// in a short one that is not zero; the mantissa is complete up to 19.
    /// </summary>
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
            // A short text has no more digits than a mantissa holds: none needs to be counted.
            bool isShort = text.Length <= 19;
            for (; at < text.Length; at++)
            {
                uint digit = (uint)(text[at] - '0');
                if (digit <= 9)
                {
                    if (isShort || ((digits | (int)digit) != 0 && ++digits <= 19))
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
            number = new Decimal(negative, mantissa, isShort && mantissa != 0 ? 1 : digits, exponent);
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
