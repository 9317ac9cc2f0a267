using LakebaseOps.Loading.Ledger;
using LakebaseOps.Loading.Sources;
using LakebaseOps.Loading.Wire;
using Npgsql;

namespace LakebaseOps.Loading.Sending;

/// <summary>Sends the rows of one chunk after the other as COPY: binary, or as text where the server must read the values itself.</summary>
internal sealed class ChunkCopy(LoadSource source, bool zoneIsUtc, string copy, LoadProgress progress) : IDisposable
{
    private readonly RowFeed _feed = source.CreateFeed(zoneIsUtc);
    private readonly CopyBuffer _buffer = new();
    private readonly CopyText _text = new();

    /// <summary>Sends a chunk as binary; null when a value of it must be read by the server: then nothing was sent.</summary>
    public async Task<LoadedChunk?> SendBinaryAsync(NpgsqlConnection connection, LoadChunk chunk, CancellationToken cancellationToken)
    {
        NpgsqlRawCopyStream stream = await connection.BeginRawBinaryCopyAsync($"{copy} (FORMAT binary)", cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            try
            {
                _feed.Open(chunk);
                _buffer.Begin();
                FeedState state;
                while ((state = _feed.Fill(_buffer)) == FeedState.More)
                {
                    await _buffer.FlushAsync(stream, cancellationToken).ConfigureAwait(false);
                    await progress.SentAsync(_buffer.Rows, Bytes, cancellationToken).ConfigureAwait(false);
                }

                if (state == FeedState.NeedsText)
                {
                    await stream.CancelAsync().ConfigureAwait(false);
                    return null;
                }

                _buffer.End();
                await _buffer.FlushAsync(stream, cancellationToken).ConfigureAwait(false);
                await progress.SentAsync(_buffer.Rows, Bytes, cancellationToken).ConfigureAwait(false);
            }
            catch
            {
                // Disposing without this would commit what was sent.
                await AbandonAsync(stream.CancelAsync).ConfigureAwait(false);
                throw;
            }
        }

        return new LoadedChunk(chunk.Range, _buffer.Rows, Bytes, _buffer.Hash, "Binary");
    }

    /// <summary>Sends a chunk as text.</summary>
    public async Task<LoadedChunk> SendTextAsync(NpgsqlConnection connection, LoadChunk chunk, CancellationToken cancellationToken)
    {
        NpgsqlCopyTextWriter writer = await connection.BeginTextImportAsync($"{copy} (FORMAT text)", cancellationToken).ConfigureAwait(false);
        await using (writer.ConfigureAwait(false))
        {
            try
            {
                _feed.Open(chunk);
                _text.Begin();
                FeedState state;
                do
                {
                    state = _feed.Fill(_text);
                    await _text.FlushAsync(writer.BaseStream, cancellationToken).ConfigureAwait(false);
                    await progress.SentAsync(_text.Rows, _feed.BytesRead, cancellationToken).ConfigureAwait(false);
                }
                while (state == FeedState.More);
            }
            catch
            {
                await AbandonAsync(writer.CancelAsync).ConfigureAwait(false);
                throw;
            }
        }

        return new LoadedChunk(chunk.Range, _text.Rows, _feed.BytesRead, _text.Hash, "Text");
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _buffer.Dispose();
        _text.Dispose();
    }

    /// <summary>Bytes of input, or sent bytes where nothing is read.</summary>
    private long Bytes => _feed.BytesRead > 0 ? _feed.BytesRead : _buffer.Bytes;

    private static async Task AbandonAsync(Func<Task> cancel)
    {
        try
        {
            await cancel().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is NpgsqlException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            // The connection is closed right after: what it had sent is rolled back by the server either way.
        }
    }
}
