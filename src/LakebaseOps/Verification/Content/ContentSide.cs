namespace LakebaseOps.Verification.Content;

/// <summary>One of the two sets of rows that are compared.</summary>
internal abstract class ContentSide : IAsyncDisposable
{
    /// <summary>What it is, for a person.</summary>
    public abstract string Description { get; }

    /// <summary>Whether single keys can be looked up without reading all rows.</summary>
    public virtual bool FindsKeys => false;

    /// <summary>The digest of all rows, and of each part that they were read in; one part when parts mean nothing to the other side.</summary>
    public abstract Task<IReadOnlyDictionary<long, ContentDigest>> ReadAsync(CancellationToken cancellationToken);

    /// <summary>The rows of some buckets.</summary>
    /// <param name="buckets">The buckets.</param>
    /// <param name="parts">The parts to look in, as <see cref="ReadAsync"/> numbers them; null for all.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public abstract Task<IReadOnlyList<ContentRow>> RowsAsync(int[] buckets, IReadOnlySet<long>? parts, CancellationToken cancellationToken);

    /// <summary>The rows with these keys, where <see cref="FindsKeys"/>.</summary>
    public virtual Task<IReadOnlyList<ContentRow>> FindAsync(IReadOnlyList<string[]> keys, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    /// <inheritdoc />
    public virtual ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
