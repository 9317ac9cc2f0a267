using LakebaseOps.Loading.Csv;
using LakebaseOps.Loading.Ledger;
using LakebaseOps.Loading.Rejects;
using LakebaseOps.Loading.Sources;
using LakebaseOps.Loading.Wire;
using Npgsql;

namespace LakebaseOps.Loading.Sending;

/// <summary>
/// Sends rows of chunks as COPY: binary, or as text where the server must read the values itself. Data that is refused comes
/// back as <see cref="RowFault"/> with the number of its record.
/// </summary>
internal sealed class ChunkCopy(LoadSource source, bool zoneIsUtc, string copy, LoadProgress progress, LoadConnections connections)
    : IDisposable
{
    private readonly CopyBuffer _buffer = new();
    private readonly CopyText _text = new();
    private long _rows;

    /// <summary>Makes a binary COPY put rows aside that break a check of the table, see <see cref="CheckFilter"/>; null for no such COPY.</summary>
    public string? Filter { get; set; }

    /// <summary>Reads the chunks.</summary>
    public RowFeed Feed { get; } = source.CreateFeed(zoneIsUtc);

    /// <summary>Sends a chunk from its beginning, as binary; null when too many of its rows must be read by the server.</summary>
    public async Task<LoadedChunk?> SendBinaryAsync(NpgsqlConnection connection, LoadChunk chunk, CancellationToken cancellationToken)
    {
        Open(chunk);
        if (await SendBinaryAsync(connection, long.MaxValue, cancellationToken).ConfigureAwait(false) is not { } sent)
            return null;
        LoadedChunk loaded = new(chunk.Range, sent.Rows, Bytes(sent), sent.Hash, "Binary") { Lines = Feed.Lines };
        if (Feed.Aside.Count == 0 || Feed.KeepsFaults)
            return loaded;
        SentRows aside = await SendAsideAsync(connection, cancellationToken).ConfigureAwait(false);
        return loaded with { Rows = sent.Rows + aside.Rows, Hash = unchecked(sent.Hash + aside.Hash), Encoding = "Mixed" };
    }

    /// <summary>Sends a chunk from its beginning, as text.</summary>
    public async Task<LoadedChunk> SendTextAsync(NpgsqlConnection connection, LoadChunk chunk, CancellationToken cancellationToken)
    {
        Open(chunk);
        SentRows sent = await SendTextAsync(connection, long.MaxValue, cancellationToken).ConfigureAwait(false);
        return new LoadedChunk(chunk.Range, sent.Rows, Feed.BytesRead, sent.Hash, "Text") { Lines = Feed.Lines };
    }

    /// <summary>Begins a chunk.</summary>
    public void Open(LoadChunk chunk)
    {
        _rows = 0;
        Feed.Open(chunk);
    }

    /// <summary>Sends rows from where the feed is as one COPY; null when too many of them must be read by the server.</summary>
    public async Task<SentRows?> SendBinaryAsync(NpgsqlConnection connection, long rows, CancellationToken cancellationToken)
    {
        FeedMark mark = Feed.Mark;
        WatchedConnection watch = connections.Watch(connection);
        SentRows sent;
        try
        {
            NpgsqlRawCopyStream stream = await connection.BeginRawBinaryCopyAsync($"{copy} (FORMAT binary){Filter}", cancellationToken).ConfigureAwait(false);
            await using (stream.ConfigureAwait(false))
            {
                try
                {
                    watch.Leave();
                    _buffer.Begin();
                    FeedState state;
                    while ((state = Feed.Fill(_buffer, rows)) == FeedState.More && _buffer.Rows < rows)
                    {
                        watch.Return();
                        await _buffer.FlushAsync(stream, cancellationToken).ConfigureAwait(false);
                        watch.Leave();
                        await ProgressAsync().ConfigureAwait(false);
                    }

                    watch.Return();
                    if (state == FeedState.NeedsText)
                    {
                        await stream.CancelAsync().ConfigureAwait(false);
                        return null;
                    }

                    _buffer.End();
                    await _buffer.FlushAsync(stream, cancellationToken).ConfigureAwait(false);
                    await ProgressAsync().ConfigureAwait(false);
                    sent = new SentRows(_buffer.Rows, _buffer.Bytes, _buffer.Hash, state == FeedState.Done);
                }
                catch
                {
                    watch.Return();
                    // Disposing without this would commit what was sent.
                    await AbandonAsync(stream.CancelAsync).ConfigureAwait(false);
                    throw;
                }
            }
        }
        catch (CsvFault fault)
        {
            throw new RowFault(fault);
        }
        catch (PostgresException refused) when (RowFault.Is(refused))
        {
            throw RowFault.Of(refused, row => RecordOf(mark.Record, row));
        }

        if (Filter is not null && await CheckFilter.TakeAsync(connection, cancellationToken).ConfigureAwait(false) is { Count: > 0 } passed)
        {
            int[] records = [.. passed.Select(row => RecordOf(mark.Record, row))];
            sent = sent with { Rows = sent.Rows - records.Length, Hash = unchecked(sent.Hash - Feed.TakeBack(records, _buffer)) };
        }

        _rows += sent.Rows;
        return sent;

        ValueTask ProgressAsync() => progress.SentAsync(_rows + _buffer.Rows, Feed.BytesRead > 0 ? Feed.BytesRead : _buffer.Bytes, cancellationToken);
    }

    /// <summary>Sends rows from where the feed is as one COPY of text.</summary>
    public Task<SentRows> SendTextAsync(NpgsqlConnection connection, long rows, CancellationToken cancellationToken)
    {
        int first = Feed.Mark.Record;
        return SendTextAsync(connection, () => Feed.Fill(_text, rows), rows, row => RecordOf(first, row), cancellationToken);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _buffer.Dispose();
        _text.Dispose();
    }

    private Task<SentRows> SendAsideAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        IReadOnlyList<AsideRow> aside = Feed.Aside;
        int next = 0;
        return SendTextAsync(
            connection,
            () => (next = Feed.FillAside(_text, next)) < aside.Count ? FeedState.More : FeedState.Done,
            long.MaxValue, row => aside[row].Record, cancellationToken);
    }

    private async Task<SentRows> SendTextAsync(
        NpgsqlConnection connection, Func<FeedState> fill, long rows, Func<int, int> recordOf, CancellationToken cancellationToken)
    {
        WatchedConnection watch = connections.Watch(connection);
        SentRows sent;
        try
        {
            NpgsqlCopyTextWriter writer = await connection.BeginTextImportAsync($"{copy} (FORMAT text)", cancellationToken).ConfigureAwait(false);
            await using (writer.ConfigureAwait(false))
            {
                try
                {
                    watch.Leave();
                    _text.Begin();
                    FeedState state;
                    do
                    {
                        state = fill();
                        watch.Return();
                        await _text.FlushAsync(writer.BaseStream, cancellationToken).ConfigureAwait(false);
                        watch.Leave();
                        await progress.SentAsync(_rows + _text.Rows, Feed.BytesRead, cancellationToken).ConfigureAwait(false);
                    }
                    while (state == FeedState.More && _text.Rows < rows);
                    watch.Return();

                    sent = new SentRows(_text.Rows, 0, _text.Hash, state == FeedState.Done);
                }
                catch
                {
                    watch.Return();
                    await AbandonAsync(writer.CancelAsync).ConfigureAwait(false);
                    throw;
                }
            }
        }
        catch (CsvFault fault)
        {
            throw new RowFault(fault);
        }
        catch (PostgresException refused) when (RowFault.Is(refused))
        {
            throw RowFault.Of(refused, recordOf);
        }

        _rows += sent.Rows;
        return sent;
    }

    /// <summary>The record that the n-th row sent since a record is: those put aside were passed over.</summary>
    private int RecordOf(int first, int row)
    {
        int record = first + row;
        foreach (AsideRow aside in Feed.Aside)
        {
            if (aside.Record >= first && aside.Record <= record)
                record++;
        }

        return record;
    }

    /// <summary>Bytes of input, or sent bytes where nothing is read.</summary>
    private long Bytes(SentRows sent) => Feed.BytesRead > 0 ? Feed.BytesRead : sent.Bytes;

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

/// <summary>What one COPY has sent.</summary>
/// <param name="Rows">Rows.</param>
/// <param name="Bytes">Bytes, of a binary COPY.</param>
/// <param name="Hash">Sum of the rows' hashes.</param>
/// <param name="IsEnd">Whether the chunk ends with it.</param>
internal sealed record SentRows(long Rows, long Bytes, UInt128 Hash, bool IsEnd);
