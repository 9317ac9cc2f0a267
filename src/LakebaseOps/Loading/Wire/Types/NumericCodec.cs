using System.Buffers.Binary;

namespace LakebaseOps.Loading.Wire.Types;

/// <summary>
/// numeric: -?digits[.digits][e[+-]digits], as many digits as it keeps and with the scale that is written, NaN, Infinity,
/// -Infinity. Enormous numbers are for the server, which has limits.
/// </summary>
internal static class NumericCodec
{
    private const int LongestText = 1000;
    private const int LargestPower = 1000;
    private const ushort Negative = 0x4000;

    private static readonly ushort[] Weights = [1, 10, 100, 1000];

    /// <summary>Writes a value.</summary>
    public static bool TryWrite(ReadOnlySpan<byte> text, CopyBuffer buffer)
    {
        bool negative = text.Length > 0 && text[0] == (byte)'-';
        ReadOnlySpan<byte> number = negative ? text[1..] : text;
        if (number.Length is 0 or > LongestText)
            return false;
        if (!Shape.TryRead(number, out Shape shape))
            return TryNamed(text, buffer);

        // Decimal digits by their place: the digit behind "seen" others has the power (PointAt - 1 - seen) of ten.
        int last = shape.Last;
        int first = shape.First;
        int scale = Math.Max(0, shape.Count - shape.PointAt);
        if (first < 0)
        {
            Put(buffer, 0, 0, 0, scale);
            return true;
        }

        int high = (shape.PointAt - 1 - first) >> 2;
        int low = (shape.PointAt - 1 - last) >> 2;
        Span<byte> groups = Put(buffer, high - low + 1, high, negative ? Negative : (ushort)0, scale);
        int group = 0;
        int seen = 0;
        for (int at = 0; seen <= last; at++)
        {
            if (number[at] == (byte)'.')
                continue;
            if (seen >= first)
            {
                int power = shape.PointAt - 1 - seen;
                group += (number[at] - '0') * Weights[power & 3];
                if ((power & 3) == 0 || seen == last)
                {
                    BinaryPrimitives.WriteInt16BigEndian(groups, (short)group);
                    groups = groups[2..];
                    group = 0;
                }
            }

            seen++;
        }

        return true;
    }

    private static bool TryNamed(ReadOnlySpan<byte> text, CopyBuffer buffer)
    {
        ushort sign = text.SequenceEqual("NaN"u8) ? (ushort)0xC000
            : text.SequenceEqual("Infinity"u8) ? (ushort)0xD000
            : text.SequenceEqual("-Infinity"u8) ? (ushort)0xF000 : (ushort)0;
        if (sign != 0)
            Put(buffer, 0, 0, sign, 0);
        return sign != 0;
    }

    private static Span<byte> Put(CopyBuffer buffer, int groups, int weight, ushort sign, int scale)
    {
        Span<byte> field = buffer.WriteField(8 + 2 * groups);
        BinaryPrimitives.WriteInt16BigEndian(field, (short)groups);
        BinaryPrimitives.WriteInt16BigEndian(field[2..], (short)weight);
        BinaryPrimitives.WriteUInt16BigEndian(field[4..], sign);
        BinaryPrimitives.WriteInt16BigEndian(field[6..], (short)scale);
        return field[8..];
    }

    /// <summary>Where the digits of a number are.</summary>
    /// <param name="Count">Digits before the exponent.</param>
    /// <param name="PointAt">Digits in front of the decimal point after the exponent has moved it.</param>
    /// <param name="First">The first digit that is not 0, from 0; -1 in a zero.</param>
    /// <param name="Last">The last digit that is not 0.</param>
    private readonly record struct Shape(int Count, int PointAt, int First, int Last)
    {
        public static bool TryRead(ReadOnlySpan<byte> number, out Shape shape)
        {
            shape = default;
            int count = 0;
            int point = -1;
            int first = -1;
            int last = -1;
            int at = 0;
            for (; at < number.Length; at++)
            {
                uint digit = (uint)(number[at] - '0');
                if (digit <= 9)
                {
                    if (digit != 0)
                    {
                        last = count;
                        if (first < 0)
                            first = count;
                    }

                    count++;
                }
                else if (number[at] == (byte)'.' && point < 0 && count > 0)
                {
                    point = count;
                }
                else
                {
                    break;
                }
            }

            if (count == 0 || point == count)
                return false;
            int power = 0;
            if (at < number.Length && !TryPower(number[at..], out power))
                return false;
            shape = new Shape(count, (point < 0 ? count : point) + power, first, last);
            return true;
        }

        private static bool TryPower(ReadOnlySpan<byte> text, out int power)
        {
            power = 0;
            if (text[0] is not ((byte)'e' or (byte)'E') || text.Length < 2)
                return false;
            int at = text[1] is (byte)'-' or (byte)'+' ? 2 : 1;
            int count = text.Length - at;
            if (count is 0 or > 4 || !Digits.TryRead(text, at, count, out power) || power > LargestPower)
                return false;
            if (text[1] == (byte)'-')
                power = -power;
            return true;
        }
    }
}
