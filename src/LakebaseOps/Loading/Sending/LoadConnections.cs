using System.Collections.Concurrent;
using LakebaseOps.Connections;
using LakebaseOps.Loading.Wire;
using LakebaseOps.Operations;
using Npgsql;

namespace LakebaseOps.Loading.Sending;

/// <summary>
/// Connections of one call, kept from table to table. They have 64 KB buffers, no time limits, and each side notices when the
/// other is gone: the server within a second when this process has ended and within a minute when its machine or the way to it
/// has; this side as <see cref="LoadWatch"/> says. One that failed is never used again, and its session is ended.
/// </summary>
internal sealed class LoadConnections : IAsyncDisposable
{
    // No jit: what is asked here are catalogs and books, which take longer to compile than to run.
    private const string Settings =
        """
        SELECT set_config(name, value, false) FROM pg_settings JOIN (VALUES
            ('statement_timeout', '0'), ('lock_timeout', '0'), ('transaction_timeout', '0'), ('client_min_messages', 'warning'),
            ('idle_in_transaction_session_timeout', '0'), ('idle_session_timeout', '0'), ('jit', 'off')) AS wanted (name, value) USING (name)
        """;

    private const string Watching =
        """
        SELECT set_config(name, value, false) FROM pg_settings JOIN (VALUES
            ('client_connection_check_interval', '1000'), ('tcp_keepalives_idle', '30'), ('tcp_keepalives_interval', '10'),
            ('tcp_keepalives_count', '3')) AS wanted (name, value) USING (name)
        """;

    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    private readonly NpgsqlDataSource _source;
    private readonly LoadWatch _watch;
    private readonly ConcurrentBag<NpgsqlConnection> _idle = [];
    private readonly ConcurrentDictionary<int, byte> _processes = new();
    private readonly ConcurrentQueue<int> _dropped = new();

    public LoadConnections(PostgresSession session, TimeSpan? patience = null)
    {
        Session = session;
        _source = session.CreateDataSource(static settings =>
        {
            settings.Pooling = false;
            settings.WriteBufferSize = CopyBuffer.BlockBytes;
            settings.ApplicationName = "LakebaseOps load";
            // How long a statement that is given up may take to end by itself.
            settings.CancellationTimeout = 500;
            // The lock's connection idles while the rows are sent; what lies between must not forget it.
            settings.KeepAlive = 30;
        });
        Patience = patience ?? LoadDefaults.Patience;
        _watch = new LoadWatch(_source, Patience);
    }

    /// <summary>How old a connection may get.</summary>
    public TimeSpan Life { get; init; } = LoadDefaults.ConnectionLife;

    /// <summary>How long a connection may be silent although the server waits for it as well.</summary>
    public TimeSpan Patience { get; }

    /// <summary>Processes of the server that serve, or served, these connections.</summary>
    public IReadOnlyCollection<int> Processes => [.. _processes.Keys];

    /// <summary>The session they belong to.</summary>
    public PostgresSession Session { get; }

    /// <summary>An open connection; give it back with <see cref="Return"/>, or drop it.</summary>
    public async ValueTask<NpgsqlConnection> RentAsync(CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await TakeAsync().ConfigureAwait(false) ?? await OpenAsync(cancellationToken).ConfigureAwait(false);
        List<int> dropped = [];
        while (_dropped.TryDequeue(out int processId))
            dropped.Add(processId);
        try
        {
            if (dropped.Count > 0)
                await RunAsync(connection, token => EndAsync(connection, dropped, token), cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            dropped.ForEach(_dropped.Enqueue);
            await DropAsync(connection).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Does something on a connection; a silent one breaks it off as a lost connection.</summary>
    /// <exception cref="NpgsqlException">The connection was found to be dead.</exception>
    public async Task<T> RunAsync<T>(
        NpgsqlConnection connection, Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        WatchedConnection watched = _watch.Of(connection);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, watched.Lost);
        Task<T> running = work(either.Token);
        try
        {
            return await running.WaitAsync(watched.Lost).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (watched.Lost.IsCancellationRequested)
        {
            // Most of what waits heeds the token and ends by itself; the end of a COPY does not, and is left alone for good.
            await Task.WhenAny(running, Task.Delay(Grace, CancellationToken.None)).ConfigureAwait(false);
            watched.IsStuck = !running.IsCompleted;
            _ = running.ContinueWith(static late => late.Exception, TaskScheduler.Default);
            cancellationToken.ThrowIfCancellationRequested();
            throw new NpgsqlException("The connection is silent.", new TimeoutException("The server is there, but nothing arrives any more."));
        }
    }

    /// <summary>Does something on a rented connection that must not be done twice.</summary>
    /// <exception cref="LakebaseException">ConnectionLost: nothing arrives any more.</exception>
    public async Task<T> OnceAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        NpgsqlConnection? connection = null;
        try
        {
            NpgsqlConnection rented = connection = await RentAsync(cancellationToken).ConfigureAwait(false);
            T result = await RunAsync(rented, token => work(rented, token), cancellationToken).ConfigureAwait(false);
            Return(rented);
            return result;
        }
        catch (Exception exception)
        {
            if (connection is not null)
                await DropAsync(connection).ConfigureAwait(false);
            if (exception is not NpgsqlException { InnerException: TimeoutException })
                throw;
            throw (ErrorTranslator.Translate(exception, Session.Host) with
            {
                Id = ErrorIds.ConnectionLost,
                Kind = LakebaseErrorKind.Connection,
                Remedy = "Check the network, then run it again.",
            }).ToException();
        }
    }

    /// <summary>The same of what has no result.</summary>
    /// <exception cref="LakebaseException">ConnectionLost: nothing arrives any more.</exception>
    public Task OnceAsync(Func<NpgsqlConnection, CancellationToken, Task> work, CancellationToken cancellationToken) => OnceAsync(
        async (connection, token) =>
        {
            await work(connection, token).ConfigureAwait(false);
            return true;
        },
        cancellationToken);

    /// <summary>What is known of a connection: whether it was found dead, and whether this side is busy elsewhere.</summary>
    public WatchedConnection Watch(NpgsqlConnection connection) => _watch.Of(connection);

    /// <summary>Closes a connection that failed; before the next is used, its session is ended, should the server still have it.</summary>
    public async ValueTask DropAsync(NpgsqlConnection connection)
    {
        WatchedConnection watched = _watch.Of(connection);
        _dropped.Enqueue(watched.ProcessId);
        _watch.Remove(connection);
        // To close one that something still waits for would mean to wait as well.
        if (!watched.IsStuck)
            await connection.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>True when a connection is as old as it may get: platforms end old ones, perhaps in the middle of a chunk.</summary>
    public bool IsDue(NpgsqlConnection connection) => Environment.TickCount64 - _watch.Of(connection).OpenedAt >= Life.TotalMilliseconds;

    /// <summary>Closes an idle connection for good.</summary>
    public async ValueTask RetireAsync(NpgsqlConnection connection)
    {
        _watch.Remove(connection);
        await connection.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Keeps a connection for the next who needs one; it must be idle and outside a transaction.</summary>
    public void Return(NpgsqlConnection connection) => _idle.Add(connection);

    /// <summary>
    /// Ends every session on the server that these connections began and that is still busy, and waits for it: nothing of a call that failed or
    /// was stopped may go on working.
    /// </summary>
    public async Task StopAsync()
    {
        // Nothing here takes long, and nobody watches any more.
        using CancellationTokenSource limit = new(3 * Patience);
        try
        {
            NpgsqlConnection connection = await Session.OpenAsync(limit.Token).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                for (int attempt = 0; attempt < 100; attempt++)
                {
                    if (await EndAsync(connection, [.. _processes.Keys], limit.Token).ConfigureAwait(false) == 0)
                        return;
                    await Task.Delay(50, limit.Token).ConfigureAwait(false);
                }
            }
        }
        catch (Exception unreachable) when (unreachable is NpgsqlException or OperationCanceledException)
        {
            // A server that cannot be reached has no sessions of ours that matter.
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _watch.DisposeAsync().ConfigureAwait(false);
        while (_idle.TryTake(out NpgsqlConnection? idle))
            await idle.DisposeAsync().ConfigureAwait(false);
        await _source.DisposeAsync().ConfigureAwait(false);
    }

    private async ValueTask<NpgsqlConnection?> TakeAsync()
    {
        while (_idle.TryTake(out NpgsqlConnection? idle))
        {
            if (idle.FullState == System.Data.ConnectionState.Open)
                return idle;
            await DropAsync(idle).ConfigureAwait(false);
        }

        return null;
    }

    private async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await _source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        _watch.Add(connection);
        _processes.TryAdd(connection.ProcessID, 0);
        try
        {
            await RunAsync(connection, token => PrepareAsync(connection, token), cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await DropAsync(connection).ConfigureAwait(false);
            throw;
        }
    }

    private static async Task<int> PrepareAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        using NpgsqlCommand settings = new(Settings, connection);
        await settings.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            using NpgsqlCommand watching = new(Watching, connection);
            return await watching.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException refused) when (refused.SqlState is "22023" or "0A000")
        {
            // A platform that cannot watch its clients; everything else works there too.
            return 0;
        }
    }

    /// <summary>Ends sessions of loads; answers how many there were.</summary>
    public static async Task<long> EndAsync(NpgsqlConnection connection, IReadOnlyList<int> processes, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            + "WHERE pid = ANY($1) AND application_name = 'LakebaseOps load' AND datname = current_database() AND usename = current_user",
            connection)
        {
            Parameters = { new() { Value = processes.ToArray() } },
        };
        return (long)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }
}
