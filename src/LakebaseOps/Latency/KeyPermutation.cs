namespace LakebaseOps.Latency;

/// <summary>
/// A fixed seeded shuffle of 0 to N − 1 without a table: a Feistel network over the next even number of bits, walked
/// until the value lies below N. It spreads popular ranks over the whole table; else neighbours in popularity would be
/// neighbours on disk.
/// </summary>
internal sealed class KeyPermutation
{
    private const int Rounds = 4;

    private readonly ulong[] _keys = new ulong[Rounds];
    private readonly int _halfBits;
    private readonly ulong _mask;

    public KeyPermutation(long count, long seed)
    {
        Count = count;
        int bits = 64 - (int)long.LeadingZeroCount(Math.Max(count - 1, 1));
        _halfBits = (bits + 1) / 2;
        _mask = (1UL << _halfBits) - 1;
        SeededRandom random = SeededRandom.For(seed, 0x5EED);
        for (int round = 0; round < Rounds; round++)
            _keys[round] = random.NextUInt64();
    }

    /// <summary>N.</summary>
    public long Count { get; }

    /// <summary>The number that takes the place of another.</summary>
    public long Of(long value)
    {
        do
        {
            ulong left = (ulong)value >> _halfBits;
            ulong right = (ulong)value & _mask;
            foreach (ulong key in _keys)
                (left, right) = (right, left ^ (Mix(right ^ key) & _mask));
            value = (long)((left << _halfBits) | right);
        }
        while (value >= Count);
        return value;
    }

    private static ulong Mix(ulong value)
    {
        value *= 0xFF51AFD7ED558CCD;
        value ^= value >> 32;
        value *= 0xC4CEB9FE1A85EC53;
        return value ^ (value >> 29);
    }
}
