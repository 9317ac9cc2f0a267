using System.Buffers.Binary;
using LakebaseOps.Loading.Wire;

namespace LakebaseOps.Tests.Loading;

/// <summary>The hash in the ledger must stay what it is: a load that an older version began is resumed and proved by it.</summary>
public sealed class RowHashTests
{
    [Fact]
    public void It_is_what_it_was_defined_to_be_for_every_length()
    {
        byte[] bytes = new byte[300];
        new Random(5).NextBytes(bytes);
        for (int length = 0; length < 100; length++)
        {
            for (int from = 0; from < 3; from++)
                Assert.Equal(Plain(bytes.AsSpan(from, length)), RowHash.Of(bytes.AsSpan(from, length)));
        }
    }

    /// <summary>The definition, as plainly as can be.</summary>
    private static UInt128 Plain(ReadOnlySpan<byte> row)
    {
        const ulong First = 0xA0761D6478BD642F;
        const ulong Second = 0xE7037ED1A0B428DB;
        const ulong Third = 0x8EBC6AF09C88C6E3;
        const ulong Fourth = 0x589965CC75374CC3;
        ulong length = (ulong)row.Length;
        ulong a = Fold(length ^ First, Second);
        ulong b = Fold(length ^ Third, Fourth);
        byte[] padded = new byte[(row.Length + 15) / 16 * 16];
        row.CopyTo(padded);
        for (int at = 0; at < padded.Length; at += 16)
        {
            ulong low = BinaryPrimitives.ReadUInt64LittleEndian(padded.AsSpan(at));
            ulong high = BinaryPrimitives.ReadUInt64LittleEndian(padded.AsSpan(at + 8));
            a = Fold(a ^ low, Second ^ high);
            b = Fold(b ^ high, Fourth ^ low);
        }

        return new UInt128(Fold(a ^ First, b ^ Fourth), Fold(a ^ Third, b ^ Second));
    }

    private static ulong Fold(ulong left, ulong right)
    {
        UInt128 product = (UInt128)left * right;
        return (ulong)(product >> 64) ^ (ulong)product;
    }
}
