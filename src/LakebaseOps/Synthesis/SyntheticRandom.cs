using System.Runtime.CompilerServices;

namespace LakebaseOps.Synthesis;

/// <summary>Random bits that follow from (seed, table, row, column) alone, so any row can be made again anywhere.</summary>
internal static class SyntheticRandom
{
    /// <summary>A start that differs for each seed and table.</summary>
    public static ulong Start(long seed, string table)
    {
        ulong state = (ulong)seed;
        foreach (char character in table)
            state = Mix(state ^ character);
        return Mix(state);
    }

    /// <summary>The state of a row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Row(ulong start, long row) => Mix(start + ((ulong)row * 0x9E3779B97F4A7C15));

    /// <summary>Bits for one purpose of a row, numbered from 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Bits(ulong row, int purpose) => Mix(row + ((ulong)(uint)(purpose + 1) * 0xD1B54A32D192ED03));

    /// <summary>0 up to, not including, 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Unit(ulong bits) => (bits >> 11) * (1.0 / (1UL << 53));

    /// <summary>0 up to, not including, the limit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long Below(ulong bits, long limit) => (long)Math.BigMul(bits, (ulong)limit, out _);

    /// <summary>A count with a long tail: 1 most often, each doubling half as likely, up to 2^20.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long Count(ulong bits)
    {
        int doublings = Math.Min(20, System.Numerics.BitOperations.TrailingZeroCount(bits));
        return (1L << doublings) + (long)((bits >> 32) & ((1UL << doublings) - 1));
    }

    // The finalizer of SplitMix64 (Steele, Lea, Flood 2014).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
