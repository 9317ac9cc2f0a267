using LakebaseOps.Loading.Ledger;
using LakebaseOps.Loading.Rejects;
using LakebaseOps.Loading.Sources;
using Npgsql;

namespace LakebaseOps.Loading.Sending;

/// <summary>
/// Chunks of a source that passes by: each is kept until its transaction has been committed. A commit whose answer never came
/// may have arrived all the same: the books know, guessing would not.
/// </summary>
internal sealed class SequentialQueue(SequentialSource source, LoadLedger ledger, TableName table) : ChunkQueue
{
    private LoadChunk? _held;

    /// <inheritdoc />
    public override async ValueTask<LoadChunk?> TakeAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (_held is not null && !await RetakeAsync(connection, _held, cancellationToken).ConfigureAwait(false))
            Finish(_held);
        await ChunkBooks.HoldAsync(connection, ledger.LoadId, cancellationToken).ConfigureAwait(false);
        return _held ??= await source.NextAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc />
    public override async ValueTask<bool> RetakeAsync(NpgsqlConnection connection, LoadChunk chunk, CancellationToken cancellationToken)
    {
        await ChunkBooks.HoldAsync(connection, ledger.LoadId, cancellationToken).ConfigureAwait(false);
        return !await ChunkBooks.IsRecordedAsync(connection, ledger.LoadId, chunk.Range, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc />
    public override async Task RecordAsync(NpgsqlConnection connection, JudgedChunk chunk, CancellationToken cancellationToken)
    {
        if (!await ChunkBooks.RecordAsync(connection, ledger.LoadId, ledger.Lease, chunk.Loaded, cancellationToken).ConfigureAwait(false))
            throw LoadLedger.TakenOver(table);
        await RejectBooks.EnterAsync(connection, ledger.LoadId, chunk.Loaded.Range, chunk.Rejected, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc />
    public override void Finish(LoadChunk chunk)
    {
        chunk.Dispose();
        _held = null;
    }

    /// <inheritdoc />
    public override ValueTask<bool> WaitAsync(NpgsqlConnection connection, CancellationToken cancellationToken) => ValueTask.FromResult(false);

    /// <inheritdoc />
    public override void Dispose() => _held?.Dispose();
}
