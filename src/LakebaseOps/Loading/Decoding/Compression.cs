using System.IO.Compression;

namespace LakebaseOps.Loading.Decoding;

/// <summary>How a file is packed.</summary>
internal enum Compression
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>gzip, of one member or several.</summary>
    Gzip,

    /// <summary>Brotli.</summary>
    Brotli,

    /// <summary>Zstandard, of one frame or several.</summary>
    Zstd,
}

/// <summary>Tells how files are packed, and unpacks them.</summary>
internal static class Packed
{
    /// <summary>Bytes that must be seen to tell.</summary>
    public const int MarkBytes = 4;

    /// <summary>How an input is packed: its first bytes tell it; Brotli, which has no mark, goes by the name.</summary>
    /// <param name="name">Name of the file.</param>
    /// <param name="head">Its first bytes.</param>
    public static Compression Of(string name, ReadOnlySpan<byte> head) =>
        head.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]) ? Compression.Gzip
        : head.StartsWith((ReadOnlySpan<byte>)[0x28, 0xB5, 0x2F, 0xFD]) || IsSkippable(head) ? Compression.Zstd
        : head.Length > 0 && name.EndsWith(".br", StringComparison.OrdinalIgnoreCase) ? Compression.Brotli
        : Compression.None;

    /// <summary>The unpacked bytes; reading them fails when the packed ones are damaged or do not reach to their end.</summary>
    /// <param name="packed">The packed bytes; disposed with the result.</param>
    /// <param name="compression">How they are packed.</param>
    /// <param name="name">The file, for errors.</param>
    public static Stream Open(Stream packed, Compression compression, string name) => compression switch
    {
        Compression.Gzip => new WholeStream(tail => new GZipStream(new JoinedStream(packed, GzipOf(tail)), CompressionMode.Decompress), name),
        Compression.Brotli => new BrotliInput(packed, name),
        Compression.Zstd => new ZstdInput(packed, name),
        _ => packed,
    };

    /// <summary>The packed bytes are not what they should be.</summary>
    public static LakebaseException Damaged(string name, string how, Exception? cause) =>
        new LakebaseError(ErrorIds.DataRejected, LakebaseErrorKind.InvalidData, $"'{name}' cannot be unpacked: {how}.")
        { Target = name, Cause = cause, Remedy = "Fetch or make the file again; nothing behind the damage can be read." }.ToException();

    // What pzstd begins its files with: a frame of Zstandard that holds no content.
    private static bool IsSkippable(ReadOnlySpan<byte> head) => head.Length >= MarkBytes && (head[0] & 0xF0) == 0x50 && head[1..].StartsWith((ReadOnlySpan<byte>)[0x2A, 0x4D, 0x18]);

    private static MemoryStream GzipOf(byte[] tail)
    {
        MemoryStream member = new();
        using (GZipStream gzip = new(member, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(tail);
        member.Position = 0;
        return member;
    }
}
