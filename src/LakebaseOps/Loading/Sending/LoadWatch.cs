using System.Collections.Concurrent;
using System.Data;
using Npgsql;

namespace LakebaseOps.Loading.Sending;

/// <summary>
/// Finds connections that will never answer: this side waits for the server while the server waits for this side, or has no
/// such session any more. No time limit could tell those from a VACUUM of hours, so the server itself is asked, over another
/// connection. When even that gets no answer three times running, every waiting connection is given up.
/// </summary>
/// <param name="source">Opens the connection to ask with; none is opened before something has waited for a while.</param>
/// <param name="patience">How long nothing may move.</param>
internal sealed class LoadWatch(NpgsqlDataSource source, TimeSpan patience) : IAsyncDisposable
{
    // What changes whenever a session gets or sends anything.
    private const string Look =
        """
        SELECT pid, wait_event_type IS NOT DISTINCT FROM 'Client',
            concat_ws(' ', backend_start, state, state_change, query_start, (SELECT bytes_processed FROM pg_stat_progress_copy copy WHERE copy.pid = a.pid))
        FROM pg_stat_activity a WHERE pid = ANY($1)
        """;

    private readonly ConcurrentDictionary<NpgsqlConnection, WatchedConnection> _watched = new();
    private readonly CancellationTokenSource _end = new();
    private readonly object _gate = new();
    private NpgsqlConnection? _connection;
    private Task? _looking;
    private int _unanswered;

    /// <summary>Begins to watch a connection.</summary>
    public void Add(NpgsqlConnection connection)
    {
        _watched[connection] = new WatchedConnection(connection.ProcessID);
        lock (_gate)
            _looking ??= Task.Run(LookAsync, CancellationToken.None);
    }

    /// <summary>Ends watching a connection.</summary>
    public void Remove(NpgsqlConnection connection) => _watched.TryRemove(connection, out _);

    /// <summary>The watched side of a connection.</summary>
    public WatchedConnection Of(NpgsqlConnection connection) =>
        _watched.TryGetValue(connection, out WatchedConnection? found) ? found : new WatchedConnection(0);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_end.IsCancellationRequested)
            return;
        await _end.CancelAsync().ConfigureAwait(false);
        if (_looking is not null)
            await _looking.ConfigureAwait(false);
        await CloseAsync().ConfigureAwait(false);
        _end.Dispose();
    }

    private async Task LookAsync()
    {
        try
        {
            while (true)
            {
                await Task.Delay(patience / 3, _end.Token).ConfigureAwait(false);
                WatchedConnection[] waiting = [.. _watched.Where(pair => !pair.Value.IsAway && IsBusy(pair.Key)).Select(pair => pair.Value)];
                if (waiting.Length == 0)
                    _unanswered = 0;
                else
                    await LookAsync(waiting).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The load has ended.
        }
    }

    private async Task LookAsync(WatchedConnection[] waiting)
    {
        try
        {
            using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(_end.Token);
            limit.CancelAfter(3 * patience);
            Dictionary<int, (bool WaitsForUs, string State)> found = await AskAsync(waiting, limit.Token).ConfigureAwait(false);
            _unanswered = 0;
            foreach (WatchedConnection one in waiting)
            {
                bool exists = found.TryGetValue(one.ProcessId, out (bool WaitsForUs, string State) now);
                one.Judge(exists ? now.State : "", !exists || now.WaitsForUs, patience);
            }
        }
        catch (PostgresException)
        {
            // An answer all the same, if not to the question: there may be no free connection.
            _unanswered = 0;
        }
        catch (Exception exception) when (exception is NpgsqlException or IOException or InvalidOperationException or System.Net.Sockets.SocketException
            or OperationCanceledException)
        {
            _end.Token.ThrowIfCancellationRequested();
            await CloseAsync().ConfigureAwait(false);
            if (++_unanswered >= 3)
            {
                foreach (WatchedConnection one in waiting)
                    one.GiveUp();
            }
        }
    }

    private async Task<Dictionary<int, (bool WaitsForUs, string State)>> AskAsync(WatchedConnection[] waiting, CancellationToken cancellationToken)
    {
        if (_connection is { FullState: not ConnectionState.Open })
            await CloseAsync().ConfigureAwait(false);
        _connection ??= await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        using NpgsqlCommand command = new(Look, _connection)
        {
            Parameters = { new() { Value = waiting.Select(one => one.ProcessId).ToArray() } },
        };
        Dictionary<int, (bool WaitsForUs, string State)> found = [];
        NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                found[row.GetInt32(0)] = (row.GetBoolean(1), row.GetString(2));
        }

        return found;
    }

    private async ValueTask CloseAsync()
    {
        if (_connection is not null)
            await _connection.DisposeAsync().ConfigureAwait(false);
        _connection = null;
    }

    /// <summary>True while something was asked of the server that it has not answered.</summary>
    private static bool IsBusy(NpgsqlConnection connection) =>
        (connection.FullState & (ConnectionState.Executing | ConnectionState.Fetching)) != 0;
}
