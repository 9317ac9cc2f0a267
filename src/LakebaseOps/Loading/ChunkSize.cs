namespace LakebaseOps.Loading;

/// <summary>
/// How large the chunks of an input are. As few as can be: every COPY begins with a ring of buffers of its own, which cost a
/// server with small memory pages 60 ms a chunk (6 million rows in 2 streams: 20 chunks 5.4 s, 14 chunks 5.5 s, 5 chunks 4.3 to 4.7 s).
/// But no stream should be left alone with the last one. So three quarters of what is left go to the streams in equal
/// parts, then three quarters of the rest, and so on (factoring self-scheduling).
/// </summary>
/// <param name="Least">Bytes or rows of the smallest.</param>
/// <param name="Most">Bytes or rows of the largest: what a failure may cost, for a chunk is never in memory as a whole.</param>
/// <param name="Streams">Streams that share the input.</param>
internal readonly record struct ChunkSize(long Least, long Most, int Streams)
{
    private const long MB = 1024 * 1024;

    /// <summary>Always the same.</summary>
    public static ChunkSize Fixed(long size) => new(size, size, 1);

    /// <summary>Of files. Rows of others that a merge locks are locked for a quarter of the time.</summary>
    public static ChunkSize OfBytes(BulkLoadOptions options, int streams) =>
        options.ChunkBytes is int size ? Fixed(size) : new ChunkSize(8 * MB, (Merges(options) ? 32 : 128) * MB, streams);

    /// <summary>Of generated rows.</summary>
    public static ChunkSize OfRows(BulkLoadOptions options, int streams) =>
        options.ChunkRows is int size ? Fixed(size) : new ChunkSize(65_536, Merges(options) ? 524_288 : 2_097_152, streams);

    /// <summary>Of an input that passes by, of which nobody knows what is left: one more chunk is being read than sent.</summary>
    public int Passing => (int)Math.Min(Most, Least == Most ? Most : 16 * MB);

    /// <summary>The next chunk.</summary>
    /// <param name="left">What is left of the input.</param>
    /// <param name="all">All of it.</param>
    public long Next(long left, long all)
    {
        if (Streams == 1)
            return Math.Clamp(left, Least, Most);
        double batch = all;
        while (batch > Least && batch / 4 >= left)
            batch /= 4;
        return Math.Clamp((long)Math.Ceiling(batch * 3 / 4 / Streams), Least, Most);
    }

    private static bool Merges(BulkLoadOptions options) => options.Mode == BulkLoadMode.Upsert || options.OnConflict is not (null or BulkLoadConflict.Error);
}
