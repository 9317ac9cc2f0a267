using LakebaseOps.Loading.Ledger;

namespace LakebaseOps.Loading.Sources;

/// <summary>
/// A source of which any part can be read at any time by anybody: files on disk as they are, the generator. Its parts are
/// cut once, kept in the ledger and claimed there, so that several processes load one table together.
/// </summary>
internal abstract class SeekableSource : LoadSource
{
    /// <summary>All of each input.</summary>
    public abstract IReadOnlyList<LoadRange> Inputs { get; }

    /// <summary>Parts worth cutting in one go, before streams may begin with the first.</summary>
    public virtual int PartsAtOnce => 32;

    /// <summary>Cuts the next parts off an input, each of whole records.</summary>
    /// <param name="rest">What has not been cut; it begins at a record.</param>
    /// <param name="count">How many parts at most; the last may be smaller than the others.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    public abstract ValueTask<IReadOnlyList<LoadRange>> CutAsync(LoadRange rest, int count, CancellationToken cancellationToken);

    /// <summary>Reads a part.</summary>
    /// <exception cref="LakebaseException">LoadChanged: the input is no longer what it was.</exception>
    public abstract ValueTask<LoadChunk> OpenAsync(LoadRange range, CancellationToken cancellationToken);

    /// <summary>Looks once more whether the inputs are those that the load began with.</summary>
    /// <exception cref="LakebaseException">LoadChanged.</exception>
    public abstract Task ProveAsync(CancellationToken cancellationToken);
}
