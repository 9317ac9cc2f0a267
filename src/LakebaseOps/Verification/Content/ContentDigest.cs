namespace LakebaseOps.Verification.Content;

/// <summary>
/// Rows and sums of their hashes, apart for each bucket: a row's bucket is the hash of its key. Two sets of rows are equal when
/// their digests are, whatever their order, and a bucket that differs says where to look.
/// </summary>
internal sealed class ContentDigest(int buckets)
{
    /// <summary>Rows of each bucket.</summary>
    public long[] Rows { get; } = new long[buckets];

    /// <summary>Sum of the hashes of each bucket's rows, modulo 2^128.</summary>
    public UInt128[] Sums { get; } = new UInt128[buckets];

    /// <summary>How many buckets there are.</summary>
    public int Buckets => Rows.Length;

    /// <summary>All rows.</summary>
    public long TotalRows => Rows.Sum();

    /// <summary>The sum over all rows.</summary>
    public UInt128 TotalSum => Sums.Aggregate(UInt128.Zero, (all, one) => unchecked(all + one));

    /// <summary>Counts a row.</summary>
    public void Add(int bucket, UInt128 hash) => Add(bucket, 1, hash);

    /// <summary>Counts rows.</summary>
    public void Add(int bucket, long rows, UInt128 sum)
    {
        Rows[bucket] += rows;
        Sums[bucket] = unchecked(Sums[bucket] + sum);
    }

    /// <summary>Counts all rows of another digest.</summary>
    public void Add(ContentDigest other)
    {
        for (int i = 0; i < Buckets; i++)
            Add(i, other.Rows[i], other.Sums[i]);
    }

    /// <summary>Whether a bucket holds the same rows in both.</summary>
    public bool Equals(ContentDigest other, int bucket) => Rows[bucket] == other.Rows[bucket] && Sums[bucket] == other.Sums[bucket];

    /// <summary>The buckets that differ.</summary>
    public int[] Differing(ContentDigest other) => [.. Enumerable.Range(0, Buckets).Where(bucket => !Equals(other, bucket))];

    /// <summary>As bytes, to be kept.</summary>
    public byte[] ToBytes()
    {
        byte[] bytes = new byte[Buckets * 24];
        for (int i = 0; i < Buckets; i++)
        {
            BitConverter.TryWriteBytes(bytes.AsSpan(i * 24), Rows[i]);
            BitConverter.TryWriteBytes(bytes.AsSpan(i * 24 + 8), (ulong)Sums[i]);
            BitConverter.TryWriteBytes(bytes.AsSpan(i * 24 + 16), (ulong)(Sums[i] >> 64));
        }

        return bytes;
    }

    /// <summary>From bytes.</summary>
    public static ContentDigest Of(ReadOnlySpan<byte> bytes)
    {
        ContentDigest digest = new(bytes.Length / 24);
        for (int i = 0; i < digest.Buckets; i++)
        {
            ReadOnlySpan<byte> one = bytes[(i * 24)..];
            digest.Add(i, BitConverter.ToInt64(one), new UInt128(BitConverter.ToUInt64(one[16..]), BitConverter.ToUInt64(one[8..])));
        }

        return digest;
    }
}

/// <summary>A row of a bucket in doubt.</summary>
/// <param name="Key">The values of its key as text; of a table without one, the row itself.</param>
/// <param name="Hash">Its hash.</param>
/// <param name="Place">Where it is, for a person: a line of a file; empty where the key says it.</param>
internal sealed record ContentRow(string[] Key, UInt128 Hash, string Place = "")
{
    /// <summary>The key for a person.</summary>
    public string Name => string.Join(", ", Key);
}
