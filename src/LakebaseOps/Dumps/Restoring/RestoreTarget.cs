using System.Collections.Concurrent;
using LakebaseOps.Connections;
using LakebaseOps.Dumps.Placing;
using LakebaseOps.Loading.Sending;
using Npgsql;

namespace LakebaseOps.Dumps.Restoring;

/// <summary>
/// The database that is restored to: its connections, the lock that keeps two restores apart, and the steps that are done.
/// A lost connection repeats what was done on it; what had been committed all the same is found in the books.
/// </summary>
internal sealed class RestoreTarget(PostgresSession session) : IAsyncDisposable
{
    private const int LockAttempts = 50;

    // Statements name everything with its schema; bodies of functions may name what comes later. What is committed on the way
    // need not wait for the log: the last commit of a restore does, and the log is in order.
    private const string Begin =
        """
        BEGIN; SELECT set_config('search_path', '', true), set_config('check_function_bodies', 'off', true), set_config('row_security', 'off', true),
            set_config('synchronous_commit', 'off', true), set_config('default_tablespace', '', true), set_config('default_table_access_method', 'heap', true),
            set_config('xmloption', 'content', true)
        """;

    private readonly LoadConnections _connections = new(session);
    private readonly ConcurrentDictionary<string, RestoreStep> _done = new();
    private NpgsqlConnection? _lock;

    /// <summary>The session.</summary>
    public PostgresSession Session => session;

    /// <summary>Id of the restore.</summary>
    public Guid Id { get; private set; }

    /// <summary>Takes the lock, with patience for a process that was killed a moment ago.</summary>
    /// <exception cref="LakebaseException">ResourceBusy.</exception>
    public async Task LockAsync(CancellationToken cancellationToken)
    {
        _lock = await _connections.RentAsync(cancellationToken).ConfigureAwait(false);
        using NpgsqlCommand command = new("SELECT pg_try_advisory_lock(hashtextextended('lakebase_ops.restore', 0))", _lock);
        for (int attempt = 0; !(bool)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!; attempt++)
        {
            if (attempt == LockAttempts)
            {
                throw new LakebaseError(ErrorIds.ResourceBusy, LakebaseErrorKind.Busy, $"Somebody else is restoring to database {session.Database}.")
                { Target = session.Database, Remedy = "Wait until that restore is done." }.ToException();
            }

            await Task.Delay(100, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Begins or goes on with a restore; reads what is done.</summary>
    public async Task JoinAsync(Guid id, CancellationToken cancellationToken)
    {
        Id = id;
        await ReloadAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What is known of a connection.</summary>
    public WatchedConnection Watch(NpgsqlConnection connection) => _connections.Watch(connection);

    /// <summary>What a step brought; null when it is not done.</summary>
    public RestoreStep? Done(string step) => _done.GetValueOrDefault(step);

    /// <summary>Does something, again when the connection was lost.</summary>
    public async Task<T> UseAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        for (int attempt = 0; ; attempt++)
        {
            NpgsqlConnection? connection = null;
            try
            {
                connection = await _connections.RentAsync(cancellationToken).ConfigureAwait(false);
                T result = await _connections.RunAsync(connection, token => work(connection, token), cancellationToken).ConfigureAwait(false);
                _connections.Return(connection);
                return result;
            }
            catch (Exception exception)
            {
                if (connection is not null)
                    await _connections.DropAsync(connection).ConfigureAwait(false);
                if (!Transient.Is(exception) || cancellationToken.IsCancellationRequested
                    || !await Transient.WaitAsync(attempt, cancellationToken).ConfigureAwait(false))
                {
                    throw;
                }
            }
        }
    }

    /// <summary>Does something in a transaction.</summary>
    public Task<T> TransactAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> work, bool waits, CancellationToken cancellationToken) => UseAsync(
        async (connection, token) =>
        {
            await Placement.RunAsync(connection, waits ? [Begin, "SET LOCAL synchronous_commit = on"] : [Begin], token).ConfigureAwait(false);
            T result = await work(connection, token).ConfigureAwait(false);
            await Placement.RunAsync(connection, ["COMMIT"], CancellationToken.None).ConfigureAwait(false);
            return result;
        },
        cancellationToken);

    /// <summary>Does a step in a transaction, once and for all.</summary>
    /// <param name="step">Its name in the books.</param>
    /// <param name="work">What it is; answers what it brought.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="LakebaseException">ConnectionLost: the server crashed and has lost steps that it had answered for.</exception>
    public async Task<RestoreStep> StepAsync(
        string step, Func<NpgsqlConnection, CancellationToken, Task<RestoreStep>> work, CancellationToken cancellationToken)
    {
        bool again = false;
        while (Done(step) is null)
        {
            int known = _done.Count;
            try
            {
                RestoreStep done = await TransactAsync(
                    async (connection, token) =>
                    {
                        // A commit whose answer was lost may have happened.
                        if (again && (await RestoreLedger.StepsAsync(connection, Id, token).ConfigureAwait(false)).TryGetValue(step, out RestoreStep? before))
                            return before;
                        again = true;
                        RestoreStep brought = await work(connection, token).ConfigureAwait(false);
                        return await RestoreLedger.DoneAsync(connection, Id, step, brought, token).ConfigureAwait(false) < known ? throw Forgotten() : brought;
                    },
                    waits: false, cancellationToken).ConfigureAwait(false);
                _done[step] = done;
            }
            catch (PostgresException exception) when (exception is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "restore_step_pkey" })
            {
                await ReloadAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (PostgresException exception) when (!Transient.Is(exception) && !cancellationToken.IsCancellationRequested)
            {
                // What it misses may be what a crash has taken.
                await UseAsync(CheckAsync, cancellationToken).ConfigureAwait(false);
                throw;
            }
        }

        return Done(step)!;
    }

    /// <summary>Does something that cannot run in a transaction and may be done twice, then enters it.</summary>
    public Task OutsideAsync(string step, IReadOnlyList<string> statements, CancellationToken cancellationToken) => Done(step) is not null
        ? Task.CompletedTask
        : UseAsync(
            async (connection, token) =>
            {
                await Placement.RunAsync(connection, statements, token).ConfigureAwait(false);
                if (!(await RestoreLedger.StepsAsync(connection, Id, token).ConfigureAwait(false)).ContainsKey(step))
                    await RestoreLedger.DoneAsync(connection, Id, step, RestoreStep.None, token).ConfigureAwait(false);
                _done[step] = RestoreStep.None;
                return true;
            },
            cancellationToken);

    /// <summary>
    /// Makes sure, in the caller's transaction, that the server still has what it has answered for: commits that did not wait for the log
    /// are lost in a crash, the last of them first, and this process would go on as if they were there.
    /// </summary>
    /// <exception cref="LakebaseException">ConnectionLost: it has not.</exception>
    public async Task<bool> CheckAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        string[] known = [.. _done.Keys];
        Dictionary<string, RestoreStep> there = await RestoreLedger.StepsAsync(connection, Id, cancellationToken).ConfigureAwait(false);
        return known.All(there.ContainsKey) ? true : throw Forgotten();
    }

    /// <summary>The steps that have brought rows to a table, in how many pieces ever they came.</summary>
    public IReadOnlyList<KeyValuePair<string, RestoreStep>> RowSteps(TableName table)
    {
        string whole = $"rows {table}";
        return [.. _done.Where(done => done.Key == whole
            || (done.Key.StartsWith($"{whole} ", StringComparison.Ordinal) && done.Key.AsSpan(whole.Length + 1).IndexOfAnyExceptInRange('0', '9') < 0))];
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_lock is not null)
            await _connections.DropAsync(_lock).ConfigureAwait(false);
        await _connections.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Ends on the server what a restore that failed has left running.</summary>
    public Task StopAsync() => _connections.StopAsync();

    private LakebaseException Forgotten() =>
        new LakebaseError(ErrorIds.ConnectionLost, LakebaseErrorKind.Connection, $"The server of database {session.Database} has crashed and lost steps of the restore that it had answered for.")
        { Target = session.Database, Remedy = "Run the same command again: it goes on with what the server has." }.ToException();

    private async Task ReloadAsync(CancellationToken cancellationToken)
    {
        Dictionary<string, RestoreStep> steps = await UseAsync(
            (connection, token) => RestoreLedger.StepsAsync(connection, Id, token), cancellationToken).ConfigureAwait(false);
        _done.Clear();
        foreach ((string step, RestoreStep done) in steps)
            _done[step] = done;
    }
}
