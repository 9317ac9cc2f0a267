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
        while (row.Length >= 16)
        {
            ulong low = Read(row);
            ulong high = Read(row[8..]);
            a = Fold(a ^ low, Second ^ high);
            b = Fold(b ^ high, Fourth ^ low);
            row = row[16..];
        }

        if (row.Length > 0)
        {
            // The length is in the seed, so zeros that pad the tail cannot be mistaken for data.
            Span<byte> tail = stackalloc byte[16];
            tail.Clear();
            row.CopyTo(tail);
            ulong low = Read(tail);
            ulong high = Read(tail[8..]);
            a = Fold(a ^ low, Second ^ high);
            b = Fold(b ^ high, Fourth ^ low);
        }

        return new UInt128(Fold(a ^ First, b ^ Fourth), Fold(a ^ Third, b ^ Second));
    }

    private static ulong Read(ReadOnlySpan<byte> bytes)
    {
        ulong value = Unsafe.ReadUnaligned<ulong>(ref MemoryMarshal.GetReference(bytes));
        return BitConverter.IsLittleEndian ? value : BinaryPrimitives.ReverseEndianness(value);
    }

    private static ulong Fold(ulong left, ulong right)
    {
        ulong high = Math.BigMul(left, right, out ulong low);
        return high ^ low;
    }
}
