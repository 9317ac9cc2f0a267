using LakebaseOps.Loading.Ledger;
using LakebaseOps.Loading.Rejects;
using LakebaseOps.Loading.Sources;
using Npgsql;

namespace LakebaseOps.Loading.Sending;

/// <summary>
/// Chunks that any stream of any process may load: claimed in the database, within the transaction of the rows. Nothing is
/// held here, so whatever happens to a chunk, the books alone say whether it is done.
/// </summary>
internal sealed class SharedQueue(SeekableSource source, CutAhead ahead, ClaimWatch claims, Guid loadId, TableName table) : ChunkQueue
{
    private LoadChunk? _open;

    /// <inheritdoc />
    public override async ValueTask<LoadChunk?> TakeAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        Dispose();
        if (await ChunkBooks.ClaimAsync(connection, loadId, cancellationToken).ConfigureAwait(false) is not LoadRange range)
            return null;
        ahead.Taken();
        return _open = await source.OpenAsync(range, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc />
    public override async ValueTask<bool> RetakeAsync(NpgsqlConnection connection, LoadChunk chunk, CancellationToken cancellationToken) =>
        await ChunkBooks.ReclaimAsync(connection, loadId, chunk.Range, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc />
    public override async Task RecordAsync(NpgsqlConnection connection, JudgedChunk chunk, CancellationToken cancellationToken)
    {
        // The claim is the proof of ownership; only a load that was struck out of the books refuses.
        if (!await ChunkBooks.RecordAsync(connection, loadId, lease: null, chunk.Loaded, cancellationToken).ConfigureAwait(false))
            throw LoadLedger.TakenOver(table);
        await RejectBooks.EnterAsync(connection, loadId, chunk.Loaded.Range, chunk.Rejected, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc />
    public override void Finish(LoadChunk chunk)
    {
        Dispose();
        ahead.Finished();
    }

    /// <inheritdoc />
    public override async ValueTask<bool> WaitAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        Task news = ahead.News;
        (long pending, long uncut) = await InputBooks.LeftAsync(connection, loadId, cancellationToken).ConfigureAwait(false);
        if (pending == 0 && uncut == 0)
            return false;
        // Somebody is cutting, or loads the last parts and may yet die, or is dead.
        await claims.LookAsync(connection, cancellationToken).ConfigureAwait(false);
        await CutAhead.WaitAsync(news, cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <inheritdoc />
    public override void Dispose()
    {
        _open?.Dispose();
        _open = null;
    }
}
