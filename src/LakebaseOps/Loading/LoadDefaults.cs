namespace LakebaseOps.Loading;

/// <summary>What a load does when nothing is said.</summary>
internal static class LoadDefaults
{
    /// <summary>Rows of a chunk of objects.</summary>
    public const int ChunkRows = 65_536;

    /// <summary>Bytes of a chunk of objects or of another server's rows.</summary>
    public const int ChunkBytes = 8 * 1024 * 1024;

    /// <summary>How old a connection gets: Lakebase ends them after three days, other platforms sooner.</summary>
    public static readonly TimeSpan ConnectionLife = TimeSpan.FromHours(6);

    /// <summary>How long a connection may be silent although the server waits for it as well.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
}
