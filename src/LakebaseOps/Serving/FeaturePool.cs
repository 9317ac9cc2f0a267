using LakebaseOps.Connections;
using Npgsql;

namespace LakebaseOps.Serving;

/// <summary>
/// A fixed number of connections, all opened and prepared before the first request. They are never reset between
/// requests: nothing in a feature read leaves a trace in its session.
/// </summary>
internal sealed class FeaturePool : IAsyncDisposable
{
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

    /// <summary>Requests that can be read at the same time.</summary>
    public int Size { get; }

    /// <summary>Opens the pool's connections.</summary>
    public static async Task<FeaturePool> OpenAsync(
        PostgresSession session, FeatureStatements statements, int size, CancellationToken cancellationToken)
    {
        NpgsqlDataSource source = session.CreateDataSource(settings =>
        {
            settings.MinPoolSize = 0;
            settings.MaxPoolSize = size * statements.Connections;
            settings.NoResetOnClose = true;
            settings.WriteBufferSize = BufferBytes;
            settings.ReadBufferSize = BufferBytes;
            settings.Enlist = false;
            settings.ApplicationName = "LakebaseOps features";
        });
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

    /// <summary>A connection; waits while all are in use. One that broke is replaced by a new one.</summary>
    public async ValueTask<FeatureConnection> RentAsync(CancellationToken cancellationToken)
    {
        await _free.WaitAsync(cancellationToken).ConfigureAwait(false);
        FeatureConnection? connection;
        lock (_idle)
            _idle.TryPop(out connection);
        if (connection is { IsUsable: true })
            return connection;
        try
        {
            if (connection is not null)
                await connection.DisposeAsync().ConfigureAwait(false);
            return await FeatureConnection.OpenAsync(_source, _statements, cancellationToken).ConfigureAwait(false);
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

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        while (_idle.TryPop(out FeatureConnection? connection))
            await connection.DisposeAsync().ConfigureAwait(false);
        await _source.DisposeAsync().ConfigureAwait(false);
        _free.Dispose();
    }
}
