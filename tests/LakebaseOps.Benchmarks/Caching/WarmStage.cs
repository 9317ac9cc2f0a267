using LakebaseOps.Benchmarks.Loading;
using LakebaseOps.Caching;
using LakebaseOps.Latency;
using LakebaseOps.Operations;
using LakebaseOps.Serving;
using Npgsql;

namespace LakebaseOps.Benchmarks.Caching;

/// <summary>
/// A connection that sends requests, and the caches that it finds. The backend has every page of shared buffers in its own address space
/// before the first request: to put them there costs more than to read them, and is no matter of the cache.
/// </summary>
internal sealed class WarmStage : IAsyncDisposable
{
    private readonly BenchServer _server;
    private readonly NpgsqlConnection _connection;
    private readonly FeatureStatements _statements;
    private readonly IReadOnlyList<KeySpace> _keys;
    private readonly IReadOnlyList<CacheRelation> _relations;
    private readonly SandboxFiles _files;
    private readonly CacheTools _tools;
    private readonly CacheEviction _eviction;
    private readonly FeatureReaders _readers;

    private WarmStage(
        BenchServer server, NpgsqlConnection connection, FeatureStatements statements, IReadOnlyList<KeySpace> keys,
        IReadOnlyList<CacheRelation> relations, SandboxFiles files, CacheTools tools, FeatureReaders readers)
    {
        _server = server;
        _connection = connection;
        _statements = statements;
        _keys = keys;
        _relations = relations;
        _files = files;
        _tools = tools;
        _eviction = new CacheEviction(connection, tools.Buffers, tools.Prewarm);
        _readers = readers;
    }

    /// <summary>Prepares; the tables are there.</summary>
    public static async Task<WarmStage> OpenAsync(BenchServer server, IReadOnlyList<string> tables, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await server.Session.OpenAsync(cancellationToken);
        FeatureStatements statements = await FeatureStatements.ReadAsync(
            connection, new FeatureReadOptions { Table = tables, Entity = ["card"] }, [FeatureMode.Batch], cancellationToken);
        IReadOnlyList<KeySpace> keys = await KeySpaceReader.ReadAsync(connection, statements.Plan, KeyRange.Common, 1, cancellationToken);
        (IReadOnlyList<CacheRelation> relations, _) = await CacheRelation.ListAsync(connection, tables, cancellationToken);
        SandboxFiles files = await SandboxFiles.OfAsync(server.Session, connection, "", cancellationToken);
        CacheTools tools = await CacheTools.OpenAsync(connection, installs: true, isNeeded: true, cancellationToken);
        FeatureReaders readers = new([await OneReader.OpenAsync(server, statements, cancellationToken)]);
        return new WarmStage(server, connection, statements, keys, relations, files, tools, readers);
    }

    /// <summary>Takes the tables out of shared buffers and of the file cache.</summary>
    public async Task ClearAsync(CancellationToken cancellationToken)
    {
        CacheResidency left = await _eviction.RunAsync(_relations, cancellationToken);
        if (left.Bytes!.Values.Sum() is > 0 and long bytes)
            throw new BenchmarkException($"{bytes:N0} bytes could not be taken out of shared buffers.");
        await _files.DropAsync(_connection, _relations, cancellationToken);
    }

    /// <summary>Warms as Initialize-LakebaseCache does.</summary>
    public async Task WarmAsync(InitializeCacheOptions options, CancellationToken cancellationToken)
    {
        OperationOutput output = new();
        await Task.Run(() => OperationPump.Run(new InitializeCacheOperation(_server.Session, options), output, cancellationToken), cancellationToken);
        if (output.Results.Cast<CacheState>().Any(state => state.BlocksReadAgain is > 0 || state.CachedBytes is null or 0))
            throw new BenchmarkException("The cache is not warm after warming.");
    }

    /// <summary>The keys of requests, as lines of a file.</summary>
    public IEnumerable<string> Keys(FeatureRequestOptions asked)
    {
        RequestStream stream = Stream(asked);
        for (long number = 0; number < asked.Requests; number++)
            yield return stream.Describe(number);
    }

    /// <summary>Sends requests one after the other, some times over; their times in nanoseconds.</summary>
    public async Task<LatencyHistogram> SendAsync(FeatureRequestOptions asked, int times, CancellationToken cancellationToken)
    {
        LatencyCell? cell = null;
        ClosedLoop loop = new(_statements.Plan, _keys, _readers, new ResponseAudit(_statements.Plan, _connection), clients: 1);
        for (int time = 0; time < times; time++)
        {
            cell = new LatencyCell(FeatureMode.Batch, Stream(asked), asked.Requests!.Value, null, 1);
            cell.Start();
            await loop.RunAsync(cell, cell.Remaining, TimeSpan.FromMinutes(10), cancellationToken);
            if (cell.Histogram.Count != asked.Requests || cell.Rows != cell.Lookups || cell.Wrong > 0)
                throw new BenchmarkException($"{cell.Rows} rows and {cell.Wrong} wrong responses for {cell.Lookups} lookups. {cell.FirstFault}");
        }

        return cell!.Histogram;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _readers.DisposeAsync();
        await _eviction.DisposeAsync();
        await _tools.DisposeAsync();
        await _connection.DisposeAsync();
    }

    private RequestStream Stream(FeatureRequestOptions asked) => RequestStream.Of(_keys, asked.Distribution[0], asked, 0, 0, _statements.Plan.Requests);

    /// <summary>Reads on one connection whose backend has touched all of shared buffers.</summary>
    private sealed class OneReader(NpgsqlDataSource source, FeatureConnection connection) : IFeatureReader
    {
        /// <inheritdoc />
        public FeatureBackend Backend => FeatureBackend.PostgreSql;

        /// <inheritdoc />
        public int Size => 1;

        public static async Task<OneReader> OpenAsync(BenchServer server, FeatureStatements statements, CancellationToken cancellationToken)
        {
            // The pool of one gives the same backend to both.
            NpgsqlDataSource source = server.Session.CreateDataSource(static settings =>
            {
                settings.MaxPoolSize = 1;
                settings.NoResetOnClose = true;
            });
            await using (NpgsqlConnection first = await source.OpenConnectionAsync(cancellationToken))
            {
                foreach (string statement in (string[])
                    [
                        "CREATE UNLOGGED TABLE touched (filling text)",
                        "ALTER TABLE touched ALTER COLUMN filling SET STORAGE PLAIN",
                        "INSERT INTO touched SELECT repeat('x', 1900) FROM generate_series(1, (SELECT setting::bigint * 4 FROM pg_settings WHERE name = 'shared_buffers'))",
                        "SELECT pg_prewarm('touched', 'buffer')",
                        "SELECT pg_prewarm('touched', 'buffer')",
                        // Workers would touch them in address spaces of their own.
                        "SET max_parallel_workers_per_gather = 0",
                        "SELECT sum(hashtext(filling)) FROM touched",
                        "DROP TABLE touched",
                    ])
                {
                    await using NpgsqlCommand command = new(statement, first) { CommandTimeout = 0 };
                    await command.ExecuteNonQueryAsync(cancellationToken);
                }
            }

            return new OneReader(source, await FeatureConnection.OpenAsync(source, statements, cancellationToken));
        }

        /// <inheritdoc />
        public ValueTask ReadAsync(
            FeatureMode mode, int kind, object[] keys, FeatureResponse response, RequestClock clock, CancellationToken cancellationToken) =>
            connection.ReadAsync(mode, kind, keys, response, clock, cancellationToken);

        /// <inheritdoc />
        public ValueTask<long> FloorAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

        /// <inheritdoc />
        public async ValueTask DisposeAsync()
        {
            await connection.DisposeAsync();
            await source.DisposeAsync();
        }
    }
}
