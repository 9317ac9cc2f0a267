using LakebaseOps.Loading.Ledger;

namespace LakebaseOps.Loading.Sources;

/// <summary>
/// A source that passes by in one direction: compressed files, standard input, objects. One process cuts it into chunks and
/// hands them out in order, to one caller at a time.
/// </summary>
internal abstract class SequentialSource : LoadSource
{
    private readonly SemaphoreSlim _turn = new(1);

    /// <summary>Says what is in the table already; before the first chunk is taken.</summary>
    public abstract void Resume(IReadOnlyCollection<LoadRange> done);

    /// <summary>The next chunk, or null when all have been handed out.</summary>
    public async ValueTask<LoadChunk?> NextAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await TakeAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc />
    public override ValueTask DisposeAsync()
    {
        _turn.Dispose();
        return base.DisposeAsync();
    }

    /// <summary>The next chunk; never called twice at once.</summary>
    protected abstract ValueTask<LoadChunk?> TakeAsync(CancellationToken cancellationToken);
}
