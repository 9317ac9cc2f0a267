namespace LakebaseOps.Latency;

/// <summary>
/// A small fast generator (SplitMix64): the same seed gives the same requests on every machine and runtime.
/// </summary>
internal struct SeededRandom(ulong seed)
{
    private ulong _state = seed;

    /// <summary>An independent stream for a named purpose of a run.</summary>
    public static SeededRandom For(long seed, params ReadOnlySpan<int> path)
    {
        SeededRandom random = new((ulong)seed);
        foreach (int step in path)
            random = new SeededRandom(random.NextUInt64() ^ ((ulong)(uint)step * 0xD1342543DE82EF95));
        return random;
    }

    /// <summary>64 random bits.</summary>
    public ulong NextUInt64()
    {
        ulong z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>A number from 0 (inclusive) to 1 (exclusive) with 53 random bits.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>A number from 0 (inclusive) to a bound (exclusive), every one equally likely.</summary>
    public long Next(long bound)
    {
        // Lemire's multiplication with rejection of the uneven rest.
        ulong range = (ulong)bound;
        ulong high = Math.BigMul(NextUInt64(), range, out ulong low);
        if (low < range)
        {
            ulong rest = (0 - range) % range;
            while (low < rest)
                high = Math.BigMul(NextUInt64(), range, out low);
        }

        return (long)high;
    }
}
