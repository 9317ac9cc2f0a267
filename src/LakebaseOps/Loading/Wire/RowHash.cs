using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace LakebaseOps.Loading.Wire;

/// <summary>
/// The 128-bit hash of one encoded row: two lanes of 64-bit multiply-and-fold (the construction of wyhash), fed with the
/// same bytes in opposite roles. Defined by these lines and kept in the ledger, so it must never change; it guards against
/// accidents, not against forgery. Sums of it modulo 2^128 compare sets of rows whatever their order.
/// </summary>
internal static class RowHash
{
    private const ulong First = 0xA0761D6478BD642F;
    private const ulong Second = 0xE7037ED1A0B428DB;
    private const ulong Third = 0x8EBC6AF09C88C6E3;
    private const ulong Fourth = 0x589965CC75374CC3;

    /// <summary>The hash of a row's bytes.</summary>
    public static UInt128 Of(ReadOnlySpan<byte> row)
    {
        ulong length = (ulong)row.Length;
        ulong a = Fold(length ^ First, Second);
        ulong b = Fold(length ^ Third, Fourth);
        ref byte bytes = ref MemoryMarshal.GetReference(row);
        int whole = row.Length & ~15;
        for (int at = 0; at < whole; at += 16)
        {
            ulong low = Read(ref bytes, at);
            ulong high = Read(ref bytes, at + 8);
            a = Fold(a ^ low, Second ^ high);
            b = Fold(b ^ high, Fourth ^ low);
        }

        if (whole < row.Length)
        {
            // The length is in the seed, so zeros that pad the tail cannot be mistaken for data.
            (ulong low, ulong high) = whole > 0 ? Tail(ref bytes, row.Length) : Short(row);
            a = Fold(a ^ low, Second ^ high);
            b = Fold(b ^ high, Fourth ^ low);
        }

        return new UInt128(Fold(a ^ First, b ^ Fourth), Fold(a ^ Third, b ^ Second));
    }

    /// <summary>The last length % 16 bytes: read with those before them, which are then shifted out.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (ulong Low, ulong High) Tail(ref byte bytes, int length)
    {
        int count = length & 15;
        ulong low = Read(ref bytes, length - 16);
        ulong high = Read(ref bytes, length - 8);
        if (count <= 8)
            return (high >> (64 - 8 * count), 0);
        int shift = 128 - 8 * count;
        return ((low >> shift) | (high << (64 - shift)), high >> shift);
    }

    private static (ulong Low, ulong High) Short(ReadOnlySpan<byte> row)
    {
        Span<byte> padded = stackalloc byte[16];
        padded.Clear();
        row.CopyTo(padded);
        ref byte bytes = ref MemoryMarshal.GetReference(padded);
        return (Read(ref bytes, 0), Read(ref bytes, 8));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Read(ref byte bytes, int at)
    {
        ulong value = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref bytes, at));
        return BitConverter.IsLittleEndian ? value : BinaryPrimitives.ReverseEndianness(value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Fold(ulong left, ulong right)
    {
        ulong high = Math.BigMul(left, right, out ulong low);
        return high ^ low;
    }
}
