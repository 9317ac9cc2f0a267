namespace LakebaseOps;

/// <summary>
/// What to warm: the parameters of Initialize-LakebaseCache. With a distribution or a file of keys it is warmed by requests, those that a
/// measurement with the same options sends; else block by block.
/// </summary>
public sealed record InitializeCacheOptions : FeatureRequestOptions
{
    /// <summary>Bytes to warm at most block by block, indexes first; by default the server's shared_buffers.</summary>
    public long? BudgetBytes { get; init; }

    /// <summary>How to warm block by block; by default pg_prewarm where it can be had, else reads in index order.</summary>
    public CacheMethod Method { get; init; }

    /// <summary>True installs no extension, even where it is permitted.</summary>
    public bool NoExtension { get; init; }
}

/// <summary>Whose cache to look at: the parameters of Get-LakebaseCacheState.</summary>
public sealed record CacheStateOptions
{
    /// <summary>The tables, as name or schema.name; wildcards allowed.</summary>
    public IReadOnlyList<string>? Table { get; init; }
}

/// <summary>What to empty: the parameters of Clear-LakebaseCache.</summary>
public sealed record ClearCacheOptions
{
    /// <summary>The tables, as name or schema.name; wildcards allowed.</summary>
    public IReadOnlyList<string>? Table { get; init; }

    /// <summary>True also empties the shared buffers of a server that is no sandbox.</summary>
    public bool Force { get; init; }
}

/// <summary>How a table's blocks are brought into shared buffers.</summary>
public enum CacheMethod
{
    /// <summary>pg_prewarm where it can be had, else reads.</summary>
    Auto,

    /// <summary>The extension pg_prewarm, block by block; an error where it cannot be had.</summary>
    Prewarm,

    /// <summary>Reads of the table in the order of its indexes.</summary>
    Read,
}
