using LakebaseOps.Loading.Ledger;
using LakebaseOps.Loading.Rejects;
using LakebaseOps.Loading.Sources;
using LakebaseOps.Operations;
using Npgsql;

namespace LakebaseOps.Loading.Sending;

/// <summary>
/// One stream: takes chunk after chunk and makes each a transaction of its rows and its line in the ledger. Binary, as far
/// as every value of the chunk is certain; rows that are not are sent as text, and so are chunks that have too many of them.
/// </summary>
internal sealed class ChunkSender : IAsyncDisposable
{
    private readonly LoadPlan _plan;
    private readonly ChunkQueue _queue;
    private readonly ChunkTarget _target;
    private readonly LoadConnections _connections;
    private readonly LoadProgress _progress;
    private readonly ChunkCopy _copy;
    private readonly RowJudge? _judge;
    private readonly TolerantCopy? _tolerant;
    private readonly RejectGate _gate;
    private readonly LoadThrottle _throttle;
    private NpgsqlConnection? _connection;
    private int _textChunks;
    private int _careful;

    public ChunkSender(
        LoadPlan plan, ChunkQueue queue, ChunkTarget target, LoadConnections connections, LoadProgress progress, RejectGate gate,
        LoadThrottle throttle)
    {
        _gate = gate;
        _throttle = throttle;
        _plan = plan;
        _queue = queue;
        _target = target;
        _connections = connections;
        _progress = progress;
        _copy = new ChunkCopy(plan.Source, plan.ZoneIsUtc, target.Copy, progress, connections);
        if (plan.Rejects.IsTolerant && _copy.Feed.CanReturn)
        {
            _copy.Feed.KeepsFaults = true;
            _judge = new RowJudge(target.Table, plan.Source.Columns, plan.ZoneIsUtc);
            _tolerant = new TolerantCopy(_copy, _judge);
        }
    }

    /// <summary>Loads chunks until there are no more.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        for (int attempt = 0; ;)
        {
            try
            {
                if (_connection is not null && _connections.IsDue(_connection))
                {
                    await _connections.RetireAsync(_connection).ConfigureAwait(false);
                    _connection = null;
                }

                NpgsqlConnection connection = _connection ??= await OpenAsync(cancellationToken).ConfigureAwait(false);
                await _throttle.KeepUpAsync(connection, cancellationToken).ConfigureAwait(false);
                if (await _connections.RunAsync(connection, token => LoadAsync(connection, token), cancellationToken).ConfigureAwait(false))
                    attempt = 0;
                else if (!await _connections.RunAsync(connection, token => _queue.WaitAsync(connection, token).AsTask(), cancellationToken).ConfigureAwait(false))
                    break;
            }
            catch (Exception exception) when (Transient.Is(exception) || IsRace(exception))
            {
                _progress.Rollback();
                await CloseAsync().ConfigureAwait(false);
                if (!await Transient.WaitAsync(attempt++, cancellationToken).ConfigureAwait(false))
                    throw;
            }
        }

        if (_connection is not null)
            _connections.Return(_connection);
        _connection = null;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await CloseAsync().ConfigureAwait(false);
        _copy.Dispose();
        _judge?.Dispose();
        _queue.Dispose();
    }

    private async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await _connections.RentAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await _connections.RunAsync(
                connection,
                async token =>
                {
                    await _target.PrepareAsync(connection, token).ConfigureAwait(false);
                    if (_tolerant is not null)
                        _copy.Filter = await CheckFilter.ReadAsync(connection, _target.Table, token).ConfigureAwait(false);
                    return connection;
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await _connections.DropAsync(connection).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Loads one chunk; false when there is none right now.</summary>
    private async Task<bool> LoadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        LoadChunk? chunk;
        Way? again;
        // After a few chunks that had to go as text, or with care, there is no point in trying each the quick way first.
        bool asText = _plan.Source.TextReason is not null || _textChunks >= 3;
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            chunk = await _queue.TakeAsync(connection, cancellationToken).ConfigureAwait(false);
            if (chunk is null)
            {
                await transaction.RollbackAsync(cancellationToken).ConfigureAwait(false);
                return false;
            }

            Way way = asText ? Way.Text : _careful-- > 0 ? Way.Careful : Way.Quick;
            again = await TryAsync(connection, transaction, chunk, way, cancellationToken).ConfigureAwait(false);
            if (again is null)
                return true;
            _progress.Rollback();
            await transaction.RollbackAsync(cancellationToken).ConfigureAwait(false);
        }

        transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            if (await _queue.RetakeAsync(connection, chunk, cancellationToken).ConfigureAwait(false))
                await TryAsync(connection, transaction, chunk, again.Value, cancellationToken).ConfigureAwait(false);
            return true;
        }
    }

    /// <summary>Sends and commits a chunk; answers the other way that it must be sent, if it must.</summary>
    private async Task<Way?> TryAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, LoadChunk chunk, Way way, CancellationToken cancellationToken)
    {
        JudgedChunk? sent;
        try
        {
            sent = await SendAsync(connection, transaction, chunk, way, cancellationToken).ConfigureAwait(false);
            if (sent is null)
            {
                _textChunks++;
                return Way.Text;
            }

            sent = sent with { Loaded = await _target.MergeAsync(connection, sent.Loaded, cancellationToken).ConfigureAwait(false) };
        }
        catch (RowFault) when (_tolerant is not null && way == Way.Quick)
        {
            // Constraints that a row breaks are likely to be broken again soon.
            _careful = 8;
            return Way.Careful;
        }
        catch (RowFault fault)
        {
            throw await ChunkFault.DescribeAsync(_plan, chunk, fault, cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException refused) when (RowFault.Is(refused))
        {
            throw await ChunkFault.DescribeAsync(_plan, chunk, RowFault.Of(refused, row => row), cancellationToken).ConfigureAwait(false);
        }

        await _queue.RecordAsync(connection, sent, cancellationToken).ConfigureAwait(false);
        // Once begun, a commit is not cancelled: its outcome would be unknown for nothing.
        await transaction.CommitAsync(_connections.Watch(connection).Lost).ConfigureAwait(false);
        _queue.Finish(chunk);
        _progress.Commit();
        if (sent.Rejected.Count > 0)
            await _gate.LookAsync(connection, cancellationToken).ConfigureAwait(false);
        return null;
    }

    private async Task<JudgedChunk?> SendAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, LoadChunk chunk, Way way, CancellationToken cancellationToken)
    {
        if (_tolerant is not null)
        {
            return way == Way.Quick
                ? await _tolerant.SendAsync(connection, chunk, cancellationToken).ConfigureAwait(false)
                : await _tolerant.SendCarefullyAsync(connection, transaction, chunk, way == Way.Text, cancellationToken).ConfigureAwait(false);
        }

        LoadedChunk? loaded = way == Way.Text
            ? await _copy.SendTextAsync(connection, chunk, cancellationToken).ConfigureAwait(false)
            : await _copy.SendBinaryAsync(connection, chunk, cancellationToken).ConfigureAwait(false);
        return loaded is null ? null : new JudgedChunk(loaded, []);
    }

    /// <summary>Another attempt of the same chunk whose connection broke was committed at the very same time.</summary>
    private static bool IsRace(Exception exception) =>
        exception is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "load_chunk_pkey" };

    private async Task CloseAsync()
    {
        if (_connection is not null)
            await _connections.DropAsync(_connection).ConfigureAwait(false);
        _connection = null;
    }

    /// <summary>How a chunk is sent.</summary>
    private enum Way
    {
        /// <summary>Binary in one COPY.</summary>
        Quick,

        /// <summary>Binary in segments, where rows may be refused.</summary>
        Careful,

        /// <summary>As text; in segments too where rows may be refused.</summary>
        Text,
    }
}
