using System.Diagnostics;
using System.Net;
using LakebaseOps.Connections;
using LakebaseOps.Latency;
using Npgsql;

namespace LakebaseOps.Serving;

/// <summary>
/// A fixed number of connections, all opened and prepared before the first request. They are never reset between
/// requests: nothing in a feature read leaves a trace in its session.
/// </summary>
internal sealed class FeaturePool : IFeatureReader
{
    /// <summary>What the server shows as the application of these connections.</summary>
    public const string ApplicationName = "LakebaseOps features";

    private const int BufferBytes = 32 * 1024;

    private readonly NpgsqlDataSource _source;
    private readonly FeatureStatements _statements;
    private readonly SemaphoreSlim _free;
    private readonly Stack<FeatureConnection> _idle = new();

    private FeaturePool(NpgsqlDataSource source, FeatureStatements statements, int size)
    {
        _source = source;
        _statements = statements;
        Size = size;
        _free = new SemaphoreSlim(0, size);
    }

    /// <inheritdoc />
    public FeatureBackend Backend => FeatureBackend.PostgreSql;

    /// <inheritdoc />
    public int Size { get; }

    /// <summary>Opens the pool's connections.</summary>
    /// <param name="session">Where to.</param>
    /// <param name="statements">What is prepared on each.</param>
    /// <param name="size">How many.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <param name="relay">Who passes the bytes on to the session's server; null to connect to it directly.</param>
    public static async Task<FeaturePool> OpenAsync(
        PostgresSession session, FeatureStatements statements, int size, CancellationToken cancellationToken, IPEndPoint? relay = null)
    {
        NpgsqlDataSource source = session.CreateDataSource(settings =>
        {
            settings.MinPoolSize = 0;
            settings.MaxPoolSize = size * statements.Connections;
            settings.NoResetOnClose = true;
            settings.WriteBufferSize = BufferBytes;
            settings.ReadBufferSize = BufferBytes;
            settings.Enlist = false;
            settings.ApplicationName = ApplicationName;
        }, relay);
        FeaturePool pool = new(source, statements, size);
        try
        {
            for (int opened = 0; opened < size; opened++)
                pool.Return(await FeatureConnection.OpenAsync(source, statements,
                    cancellationToken).ConfigureAwait(false));
            return pool;
        }
        catch
        {
            await pool.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc />
    public async ValueTask ReadAsync(
        FeatureMode mode, int kind, object[] keys, FeatureResponse response, RequestClock clock, CancellationToken cancellationToken)
    {
        FeatureConnection connection = await RentAsync(cancellationToken, clock).ConfigureAwait(false);
        try
        {
            await connection.ReadAsync(mode, kind, keys, response, clock, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Return(connection);
        }
    }

    /// <inheritdoc />
    public async ValueTask<long> FloorAsync(CancellationToken cancellationToken)
    {
        FeatureConnection connection = await RentAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            long started = Stopwatch.GetTimestamp();
            await connection.FloorAsync(cancellationToken).ConfigureAwait(false);
            return (long)Stopwatch.GetElapsedTime(started).TotalNanoseconds;
        }
        finally
        {
            Return(connection);
        }
    }

    /// <summary>A connection; waits while all are in use. One that broke is replaced by a new one.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <param name="clock">Books the time: a connection lay idle, was waited for, or had to be opened. May be null.</param>
    public async ValueTask<FeatureConnection> RentAsync(CancellationToken cancellationToken, RequestClock? clock = null)
    {
        Task turn = _free.WaitAsync(cancellationToken);
        bool waits = !turn.IsCompleted;
        await turn.ConfigureAwait(false);
        FeatureConnection? connection;
        lock (_idle)
            _idle.TryPop(out connection);
        bool isUsable = connection is { IsUsable: true };
        if (waits)
            clock?.Mark(RequestPart.PoolWait);
        else if (isUsable)
            clock?.Mark(RequestPart.PoolIdle);
        if (isUsable)
            return connection!;
        try
        {
            FeatureConnection opened = await ReplaceAsync(connection, cancellationToken).ConfigureAwait(false);
            clock?.Mark(RequestPart.PoolOpen);
            return opened;
        }
        catch
        {
            // The place stays in the pool, empty: the next who comes tries again.
            _free.Release();
            throw;
        }
    }

    /// <summary>Gives a connection back.</summary>
    public void Return(FeatureConnection connection)
    {
        lock (_idle)
            _idle.Push(connection);
        _free.Release();
    }

    /// <summary>Does something on every connection; waits until all are free.</summary>
    public async Task ForEachAsync(Func<FeatureConnection, CancellationToken, ValueTask> action,
        CancellationToken cancellationToken)
    {
        List<FeatureConnection> all = [];
        try
        {
            while (all.Count < Size)
            {
                FeatureConnection connection = await RentAsync(cancellationToken).ConfigureAwait(false);
                all.Add(connection);
                await action(connection, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            all.ForEach(Return);
        }
    }

    private async Task<FeatureConnection> ReplaceAsync(FeatureConnection? broken, CancellationToken cancellationToken)
    {
        // What travels to open a connection is none of the request's round trips.
        SocketEvents.Bind(null);
        if (broken is not null)
            await broken.DisposeAsync().ConfigureAwait(false);
        return await FeatureConnection.OpenAsync(_source, _statements, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        while (_idle.TryPop(out FeatureConnection? connection))
            await connection.DisposeAsync().ConfigureAwait(false);
        await _source.DisposeAsync().ConfigureAwait(false);
        _free.Dispose();
    }
}
