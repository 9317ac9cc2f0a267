namespace LakebaseOps.Loading;

/// <summary>
/// How large the chunks of an input are. Large ones first: every COPY costs the server a beginning, so that chunks of 65,536
/// generated rows measured half as much server time again as one of all 2.5 million, and chunks of 524,288 a third. Towards the end they get smaller, so that no stream
/// is left alone with the last one (guided self-scheduling: a fixed part of what is left).
/// </summary>
/// <param name="Least">Bytes or rows of the smallest.</param>
/// <param name="Most">Bytes or rows of the largest.</param>
/// <param name="Streams">Streams that share the input.</param>
internal readonly record struct ChunkSize(long Least, long Most, int Streams)
{
    private const long MB = 1024 * 1024;

    /// <summary>Always the same.</summary>
    public static ChunkSize Fixed(long size) => new(size, size, 1);

    /// <summary>Of files. They are read as they are sent, so the largest is a matter of what a failure may cost, not of memory.</summary>
    public static ChunkSize OfBytes(int? given, int streams) => given is int size ? Fixed(size) : new ChunkSize(4 * MB, 128 * MB, streams);

    /// <summary>Of generated rows.</summary>
    public static ChunkSize OfRows(int? given, int streams) => given is int size ? Fixed(size) : new ChunkSize(65_536, 2_097_152, streams);

    /// <summary>Of an input that passes by, of which nobody knows what is left: one more chunk is being read than sent.</summary>
    public int Passing => (int)Math.Min(Most, Least == Most ? Most : 16 * MB);

    /// <summary>The next chunk when so much is left.</summary>
    public long Next(long left) => Math.Clamp(Streams == 1 ? left : left * 2 / (3L * Streams), Least, Most);
}
