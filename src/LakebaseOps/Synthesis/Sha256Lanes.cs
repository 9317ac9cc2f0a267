using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace LakebaseOps.Synthesis;

/// <summary>
/// SHA-256 of eight short messages at once, one in each lane of a vector: several times faster than one after the other, which
/// matters because a made-up row costs less than its key. FIPS 180-4, section 6.2.
/// </summary>
internal static class Sha256Lanes
{
    /// <summary>Messages hashed together.</summary>
    public const int Lanes = 8;

    /// <summary>Bytes of a block, of which a message may take up to <see cref="LongestMessage"/>.</summary>
    public const int BlockBytes = 64;

    /// <summary>The longest message that fits one block beside its padding.</summary>
    public const int LongestMessage = BlockBytes - 1 - sizeof(ulong);

    private const int Words = 16;

    private static readonly uint[] Initial =
    [
        0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
    ];

    private static readonly uint[] Rounds =
    [
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
        0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
        0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
        0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
        0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
        0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
        0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
        0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
    ];

    /// <summary>True where the processor does this faster than the platform's SHA-256.</summary>
    public static bool IsSupported => Vector256.IsHardwareAccelerated;

    /// <summary>Ends a message in its block: a one bit, zeros and the length in bits.</summary>
    public static void Pad(Span<byte> block, int length)
    {
        block[length] = 0x80;
        block[(length + 1)..(BlockBytes - sizeof(ulong))].Clear();
        BinaryPrimitives.WriteUInt64BigEndian(block[(BlockBytes - sizeof(ulong))..], (ulong)length * 8);
    }

    /// <summary>Hashes eight padded blocks.</summary>
    /// <param name="blocks">Eight blocks, one behind the other.</param>
    /// <param name="hashes">Receives eight hashes of 32 bytes.</param>
    [SkipLocalsInit]
    public static void Hash(ReadOnlySpan<byte> blocks, Span<byte> hashes)
    {
        ReadOnlySpan<uint> words = MemoryMarshal.Cast<byte, uint>(blocks[..(Lanes * BlockBytes)]);
        Span<Vector256<uint>> schedule = stackalloc Vector256<uint>[Words];
        for (int i = 0; i < Words; i++)
        {
            schedule[i] = Swap(Vector256.Create(
                words[i], words[i + 16], words[i + 32], words[i + 48], words[i + 64], words[i + 80], words[i + 96], words[i + 112]));
        }

        Span<Vector256<uint>> state = stackalloc Vector256<uint>[Lanes];
        for (int i = 0; i < Lanes; i++)
            state[i] = Vector256.Create(Initial[i]);
        Compress(schedule, state);
        Span<uint> lanes = MemoryMarshal.Cast<Vector256<uint>, uint>(state);
        for (int lane = 0; lane < Lanes; lane++)
        {
            for (int i = 0; i < Lanes; i++)
                BinaryPrimitives.WriteUInt32BigEndian(hashes[((lane * 32) + (i * 4))..], lanes[(i * Lanes) + lane]);
        }
    }

    private static void Compress(Span<Vector256<uint>> schedule, Span<Vector256<uint>> state)
    {
        (Vector256<uint> a, Vector256<uint> b, Vector256<uint> c, Vector256<uint> d) = (state[0], state[1], state[2], state[3]);
        (Vector256<uint> e, Vector256<uint> f, Vector256<uint> g, Vector256<uint> h) = (state[4], state[5], state[6], state[7]);
        ref Vector256<uint> w = ref MemoryMarshal.GetReference(schedule);
        ref uint k = ref MemoryMarshal.GetArrayDataReference(Rounds);
        for (int round = 0; round < 64; round++)
        {
            ref Vector256<uint> word = ref Unsafe.Add(ref w, round & 15);
            if (round >= Words)
            {
                Vector256<uint> near = Unsafe.Add(ref w, (round + 1) & 15);
                Vector256<uint> far = Unsafe.Add(ref w, (round + 14) & 15);
                word += (Right(near, 7) ^ Right(near, 18) ^ (near >>> 3)) + Unsafe.Add(ref w, (round + 9) & 15)
                    + (Right(far, 17) ^ Right(far, 19) ^ (far >>> 10));
            }

            Vector256<uint> first = h + (Right(e, 6) ^ Right(e, 11) ^ Right(e, 25)) + (g ^ (e & (f ^ g)))
                + Vector256.Create(Unsafe.Add(ref k, round)) + word;
            Vector256<uint> second = (Right(a, 2) ^ Right(a, 13) ^ Right(a, 22)) + ((a & b) | (c & (a | b)));
            (h, g, f, e) = (g, f, e, d + first);
            (d, c, b, a) = (c, b, a, first + second);
        }

        state[0] += a;
        state[1] += b;
        state[2] += c;
        state[3] += d;
        state[4] += e;
        state[5] += f;
        state[6] += g;
        state[7] += h;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Right(Vector256<uint> value, int bits) => (value >>> bits) | (value << (32 - bits));

    /// <summary>Turns the bytes of each word round: messages are big-endian.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Swap(Vector256<uint> value)
    {
        Vector256<uint> pairs = ((value >>> 8) & Vector256.Create(0x00FF00FFu)) | ((value & Vector256.Create(0x00FF00FFu)) << 8);
        return (pairs >>> 16) | (pairs << 16);
    }
}
