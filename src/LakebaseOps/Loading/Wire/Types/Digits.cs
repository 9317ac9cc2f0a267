using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace LakebaseOps.Loading.Wire.Types;

/// <summary>Reads ASCII digits.</summary>
internal static class Digits
{
    /// <summary>Exactly that many digits at a place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryRead(ReadOnlySpan<byte> text, int at, int count, out int value)
    {
        value = 0;
        if (text.Length < at + count)
            return false;
        for (int i = at; i < at + count; i++)
        {
            uint digit = (uint)(text[i] - '0');
            if (digit > 9)
                return false;
            value = value * 10 + (int)digit;
        }

        return true;
    }

    /// <summary>The first eight bytes as digits, all at once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryEight(ReadOnlySpan<byte> text, out uint value) =>
        TryEight(BinaryPrimitives.ReadUInt64LittleEndian(text), out value);

    /// <summary>Eight bytes as digits, the lowest byte first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryEight(ulong word, out uint value)
    {
        if (!TryPairs(word, out word))
        {
            value = 0;
            return false;
        }

        // Fours of pairs, then all eight; each step adds neighbours with their weights.
        value = (uint)(((word & 0x000000FF000000FF) * 0x000F424000000064
            + ((word >> 16) & 0x000000FF000000FF) * 0x0000271000000001) >> 32);
        return true;
    }

    /// <summary>Eight bytes, all of them digits, as numbers of two digits: byte n is that of the digits n and n + 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryPairs(ulong word, out ulong pairs)
    {
        // Every byte is 0x3n, and stays so when six is added: n is at most nine.
        bool known = ((word & 0xF0F0F0F0F0F0F0F0) | (((word + 0x0606060606060606) & 0xF0F0F0F0F0F0F0F0) >> 4)) == 0x3333333333333333;
        word -= 0x3030303030303030;
        pairs = word * 10 + (word >> 8);
        return known;
    }
}
