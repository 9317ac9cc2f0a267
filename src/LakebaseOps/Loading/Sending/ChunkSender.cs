using LakebaseOps.Loading.Ledger;
using LakebaseOps.Loading.Sources;
using LakebaseOps.Operations;
using Npgsql;

namespace LakebaseOps.Loading.Sending;

/// <summary>
/// One stream: takes chunk after chunk and makes each a transaction of its rows and its line in the ledger. Binary, as far
/// as every value of the chunk is certain; a chunk with one that is not is sent as text.
/// </summary>
internal sealed class ChunkSender(LoadPlan plan, ChunkQueue queue, ChunkTarget target, LoadConnections connections, LoadProgress progress)
    : IAsyncDisposable
{
    private readonly ChunkCopy _copy = new(plan.Source, plan.ZoneIsUtc, target.Copy, progress);
    private NpgsqlConnection? _connection;
    private int _textChunks;

    /// <summary>Loads chunks until there are no more.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        for (int attempt = 0; ;)
        {
            try
            {
                NpgsqlConnection connection = _connection ??= await OpenAsync(cancellationToken).ConfigureAwait(false);
                if (await LoadAsync(connection, cancellationToken).ConfigureAwait(false))
                    attempt = 0;
                else if (!await queue.WaitAsync(connection, cancellationToken).ConfigureAwait(false))
                    break;
            }
            catch (Exception exception) when (Transient.Is(exception) || IsRace(exception))
            {
                progress.Rollback();
                await CloseAsync().ConfigureAwait(false);
                if (!await Transient.WaitAsync(attempt++, cancellationToken).ConfigureAwait(false))
                    throw;
            }
        }

        if (_connection is not null)
            connections.Return(_connection);
        _connection = null;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await CloseAsync().ConfigureAwait(false);
        _copy.Dispose();
        queue.Dispose();
    }

    private async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await connections.RentAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await target.PrepareAsync(connection, cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Loads one chunk; false when there is none right now.</summary>
    private async Task<bool> LoadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        LoadChunk? chunk;
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            chunk = await queue.TakeAsync(connection, cancellationToken).ConfigureAwait(false);
            if (chunk is null)
            {
                await transaction.RollbackAsync(cancellationToken).ConfigureAwait(false);
                return false;
            }

            // After a few chunks that had to go as text there is no point in trying each as binary first.
            bool asText = plan.Source.TextReason is not null || _textChunks >= 3;
            if (await TryAsync(connection, transaction, chunk, asText, cancellationToken).ConfigureAwait(false))
                return true;
            _textChunks++;
            progress.Rollback();
            await transaction.RollbackAsync(cancellationToken).ConfigureAwait(false);
        }

        transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            if (await queue.RetakeAsync(connection, chunk, cancellationToken).ConfigureAwait(false))
                await TryAsync(connection, transaction, chunk, asText: true, cancellationToken).ConfigureAwait(false);
            return true;
        }
    }

    /// <summary>Sends and commits a chunk; false when it cannot be sent as binary.</summary>
    private async Task<bool> TryAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, LoadChunk chunk, bool asText, CancellationToken cancellationToken)
    {
        try
        {
            LoadedChunk? sent = asText
                ? await _copy.SendTextAsync(connection, chunk, cancellationToken).ConfigureAwait(false)
                : await _copy.SendBinaryAsync(connection, chunk, cancellationToken).ConfigureAwait(false);
            if (sent is null)
                return false;
            sent = await target.MergeAsync(connection, sent, cancellationToken).ConfigureAwait(false);
            await queue.RecordAsync(connection, sent, cancellationToken).ConfigureAwait(false);
            // Once begun, a commit is not cancelled: its outcome would be unknown for nothing.
            await transaction.CommitAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception exception) when (ChunkFault.Is(exception) && !IsRace(exception))
        {
            throw await ChunkFault.DescribeAsync(plan, chunk, exception, cancellationToken).ConfigureAwait(false);
        }

        queue.Finish(chunk);
        progress.Commit();
        return true;
    }

    /// <summary>Another attempt of the same chunk whose connection broke was committed at the very same time.</summary>
    private static bool IsRace(Exception exception) =>
        exception is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "load_chunk_pkey" };

    private async Task CloseAsync()
    {
        if (_connection is not null)
            await _connection.DisposeAsync().ConfigureAwait(false);
        _connection = null;
    }
}
