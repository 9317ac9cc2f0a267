using System.Globalization;
using System.Text.RegularExpressions;
using LakebaseOps.Loading.Csv;
using LakebaseOps.Loading.Ledger;
using LakebaseOps.Loading.Sources;
using LakebaseOps.Loading.Wire;
using LakebaseOps.Operations;
using Npgsql;

namespace LakebaseOps.Loading.Sending;

/// <summary>
/// One stream: takes chunk after chunk and makes each a transaction of its rows and its line in the ledger. Binary, as far
/// as every value of the chunk is certain; a chunk with one that is not is sent as text.
/// </summary>
internal sealed partial class ChunkSender : IAsyncDisposable
{
    private readonly LoadPlan _plan;
    private readonly LoadLedger _ledger;
    private readonly LoadConnections _connections;
    private readonly LoadProgress _progress;
    private readonly RowFeed _feed;
    private readonly CopyBuffer _buffer = new();
    private readonly CopyText _text = new();
    private readonly string _copy;
    private NpgsqlConnection? _connection;
    private int _textChunks;

    public ChunkSender(LoadPlan plan, LoadLedger ledger, LoadConnections connections, LoadProgress progress)
    {
        _plan = plan;
        _ledger = ledger;
        _connections = connections;
        _progress = progress;
        _feed = plan.Source.CreateFeed(plan.ZoneIsUtc);
        string columns = string.Join(", ", plan.Source.Columns.Select(column => TableName.Quote(column.Name)));
        _copy = $"COPY {plan.Target.ToSql()} ({columns}) FROM STDIN";
    }

    /// <summary>Loads chunks until there are no more.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (await _plan.Source.NextAsync(cancellationToken).ConfigureAwait(false) is { } chunk)
        {
            using (chunk)
                await LoadAsync(chunk, cancellationToken).ConfigureAwait(false);
        }

        if (_connection is not null)
            _connections.Return(_connection);
        _connection = null;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await CloseAsync().ConfigureAwait(false);
        _buffer.Dispose();
        _text.Dispose();
    }

    private async Task LoadAsync(LoadChunk chunk, CancellationToken cancellationToken)
    {
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                _connection ??= await _connections.RentAsync(cancellationToken).ConfigureAwait(false);
                // A commit whose answer never came may have arrived all the same: the books know, guessing would not.
                if (attempt == 0 || !await IsRecordedAsync(chunk, cancellationToken).ConfigureAwait(false))
                    await SendAsync(chunk, cancellationToken).ConfigureAwait(false);
                _progress.Commit();
                return;
            }
            catch (CsvFault fault)
            {
                throw await RejectedAsync(chunk, fault, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (Transient.Is(exception) || IsRace(exception))
            {
                _progress.Rollback();
                await CloseAsync().ConfigureAwait(false);
                if (!await Transient.WaitAsync(attempt, cancellationToken).ConfigureAwait(false))
                    throw;
            }
            catch (PostgresException refused) when (refused.SqlState[..2] is "22" or "23")
            {
                throw await RejectedAsync(chunk, refused, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task SendAsync(LoadChunk chunk, CancellationToken cancellationToken)
    {
        // After a few chunks that had to go as text there is no point in trying each as binary first.
        LoadedChunk? sent = _plan.Source.TextReason is null && _textChunks < 3
            ? await CopyAsync(chunk, asText: false, cancellationToken).ConfigureAwait(false)
            : null;
        if (sent is null)
        {
            _textChunks++;
            _progress.Rollback();
            await CopyAsync(chunk, asText: true, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<LoadedChunk?> CopyAsync(LoadChunk chunk, bool asText, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = _connection!;
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            bool complete = asText
                ? await SendTextAsync(connection, chunk, cancellationToken).ConfigureAwait(false)
                : await SendBinaryAsync(connection, chunk, cancellationToken).ConfigureAwait(false);
            if (!complete)
            {
                await transaction.RollbackAsync(cancellationToken).ConfigureAwait(false);
                return null;
            }

            LoadRange range = chunk.Range;
            long bytes = _feed.BytesRead > 0 ? _feed.BytesRead : _buffer.Bytes;
            LoadedChunk loaded = asText
                ? new LoadedChunk(range, _text.Rows, bytes, _text.Hash, "Text")
                : new LoadedChunk(range, _buffer.Rows, bytes, _buffer.Hash, "Binary");
            await RecordAsync(connection, loaded, cancellationToken).ConfigureAwait(false);
            // Once begun, a commit is not cancelled: its outcome would be unknown for nothing.
            await transaction.CommitAsync(CancellationToken.None).ConfigureAwait(false);
            return loaded;
        }
    }

    private async Task<bool> SendBinaryAsync(NpgsqlConnection connection, LoadChunk chunk, CancellationToken cancellationToken)
    {
        NpgsqlRawCopyStream stream = await connection.BeginRawBinaryCopyAsync($"{_copy} (FORMAT binary)", cancellationToken).ConfigureAwait(false);
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
                    _progress.Sent(_buffer.Rows, _feed.BytesRead > 0 ? _feed.BytesRead : _buffer.Bytes);
                    cancellationToken.ThrowIfCancellationRequested();
                }

                if (state == FeedState.NeedsText)
                {
                    await stream.CancelAsync().ConfigureAwait(false);
                    return false;
                }

                _buffer.End();
                await _buffer.FlushAsync(stream, cancellationToken).ConfigureAwait(false);
                _progress.Sent(_buffer.Rows, _feed.BytesRead > 0 ? _feed.BytesRead : _buffer.Bytes);
            }
            catch
            {
                // Disposing without this would commit what was sent.
                await AbandonAsync(stream.CancelAsync).ConfigureAwait(false);
                throw;
            }
        }

        return true;
    }

    private async Task<bool> SendTextAsync(NpgsqlConnection connection, LoadChunk chunk, CancellationToken cancellationToken)
    {
        NpgsqlCopyTextWriter writer = await connection.BeginTextImportAsync($"{_copy} (FORMAT text)", cancellationToken).ConfigureAwait(false);
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
                    _progress.Sent(_text.Rows, _feed.BytesRead);
                    cancellationToken.ThrowIfCancellationRequested();
                }
                while (state == FeedState.More);
            }
            catch
            {
                await AbandonAsync(writer.CancelAsync).ConfigureAwait(false);
                throw;
            }
        }

        return true;
    }

    private async Task RecordAsync(NpgsqlConnection connection, LoadedChunk chunk, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(
            """
            INSERT INTO lakebase_ops.load_chunk (load_id, input, range_from, range_to, rows, bytes, content_hash, encoding)
            SELECT load_id, $3, $4, $5, $6, $7, $8, $9 FROM lakebase_ops.load_table
            WHERE load_id = $1 AND lease = $2 AND status = 'Loading' FOR SHARE
            """, connection)
        {
            Parameters =
            {
                new() { Value = _ledger.LoadId }, new() { Value = _ledger.Lease },
                new() { Value = chunk.Range.Input }, new() { Value = chunk.Range.From }, new() { Value = chunk.Range.To },
                new() { Value = chunk.Rows }, new() { Value = chunk.Bytes },
                new() { Value = chunk.Hash.ToString("x32", CultureInfo.InvariantCulture) }, new() { Value = chunk.Encoding },
            },
        };
        if (await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false) != 1)
            throw LoadLedger.TakenOver(_plan.Table);
    }

    private async Task<bool> IsRecordedAsync(LoadChunk chunk, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(
            "SELECT EXISTS (SELECT FROM lakebase_ops.load_chunk WHERE load_id = $1 AND input = $2 AND range_from = $3)", _connection)
        {
            Parameters = { new() { Value = _ledger.LoadId }, new() { Value = chunk.Range.Input }, new() { Value = chunk.Range.From } },
        };
        return (bool)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    private async Task<LakebaseException> RejectedAsync(LoadChunk chunk, CsvFault fault, CancellationToken cancellationToken)
    {
        long record = fault.Record;
        string where = await _plan.Source.LocateAsync(chunk, record, cancellationToken).ConfigureAwait(false);
        string column = fault.Column < _plan.Source.Columns.Count ? $", column {_plan.Source.Columns[fault.Column].Name}" : "";
        return Rejected($"{where}{column}: {fault.Message}.", fault.SqlState, fault);
    }

    private async Task<LakebaseException> RejectedAsync(LoadChunk chunk, PostgresException refused, CancellationToken cancellationToken)
    {
        string where = _plan.Source.Description;
        string column = "";
        if (refused.Where is not null && Place().Match(refused.Where) is { Success: true } place)
        {
            long record = long.Parse(place.Groups[1].ValueSpan, CultureInfo.InvariantCulture) - 1;
            where = await _plan.Source.LocateAsync(chunk, record, cancellationToken).ConfigureAwait(false);
            column = place.Groups[2].Success ? $", column {place.Groups[2].Value}" : "";
        }

        if (column.Length == 0 && refused.ColumnName is not null)
            column = $", column {refused.ColumnName}";
        string detail = string.IsNullOrEmpty(refused.Detail) ? "" : $" {refused.Detail}";
        return Rejected($"{where}{column}: {refused.MessageText}.{detail}", refused.SqlState, refused);
    }

    private LakebaseException Rejected(string message, string sqlState, Exception cause) =>
        new LakebaseError(ErrorIds.DataRejected, LakebaseErrorKind.InvalidData, $"{_plan.Table} was not loaded: {message}")
        {
            Target = _plan.Table.ToString(),
            SqlState = sqlState,
            Cause = cause,
            Remedy = "Nothing of its chunk is in the table. Correct the input and load it with -Restart.",
        }.ToException();

    /// <summary>Another attempt of the same chunk whose connection broke was committed at the very same time.</summary>
    private static bool IsRace(Exception exception) =>
        exception is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "load_chunk_pkey" };

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

    private async Task CloseAsync()
    {
        if (_connection is not null)
            await _connection.DisposeAsync().ConfigureAwait(false);
        _connection = null;
    }

    [GeneratedRegex("^COPY .*, line ([0-9]+)(?:, column ([^:]+))?", RegexOptions.Singleline)]
    private static partial Regex Place();
}
