namespace LakebaseOps.Loading;

/// <summary>What a load does when nothing is said.</summary>
internal static class LoadDefaults
{
    /// <summary>Bytes of a chunk: 8 to 16 MB cost 10 % over one single transaction, smaller ones more.</summary>
    public const int ChunkBytes = 8 * 1024 * 1024;

    /// <summary>Rows of a chunk of generated rows or objects.</summary>
    public const int ChunkRows = 65_536;

    /// <summary>How long a connection may be silent although the server waits for it as well.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
}
