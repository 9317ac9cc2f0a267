using LakebaseOps.Loading.Rejects;
using LakebaseOps.Loading.Sources;
using Npgsql;

namespace LakebaseOps.Loading.Sending;

/// <summary>Where one stream gets its chunks from. All of it happens on the stream's connection, within its transaction.</summary>
internal abstract class ChunkQueue : IDisposable
{
    /// <summary>The next chunk, now this stream's own; null when there is none (see <see cref="WaitAsync"/>).</summary>
    public abstract ValueTask<LoadChunk?> TakeAsync(NpgsqlConnection connection, CancellationToken cancellationToken);

    /// <summary>Takes the same chunk again after a rollback; false when it is somebody else's now, or already in the table.</summary>
    public abstract ValueTask<bool> RetakeAsync(NpgsqlConnection connection, LoadChunk chunk, CancellationToken cancellationToken);

    /// <summary>Enters the chunk as loaded, with its refused rows.</summary>
    /// <exception cref="LakebaseException">ResourceBusy: the load belongs to somebody else.</exception>
    public abstract Task RecordAsync(NpgsqlConnection connection, JudgedChunk chunk, CancellationToken cancellationToken);

    /// <summary>The chunk's transaction has been committed.</summary>
    public abstract void Finish(LoadChunk chunk);

    /// <summary>Waits until there may be a chunk again; false when there will never be one.</summary>
    /// <param name="connection">The stream's connection, outside a transaction.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    public abstract ValueTask<bool> WaitAsync(NpgsqlConnection connection, CancellationToken cancellationToken);

    /// <inheritdoc />
    public abstract void Dispose();
}
