using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace LakebaseOps.Indexing.Planning;

/// <summary>What an index over a sample came to, and what it would over the whole table.</summary>
/// <param name="Bytes">Its size over all rows.</param>
/// <param name="Duration">Time to build it over all rows with one process.</param>
internal readonly record struct SampledBuild(long Bytes, TimeSpan Duration);

/// <summary>
/// Rows of a table in another one, to build indexes on in every way in question: what a server takes depends on its
/// processor, its collation library and its build, and is measured rather than assumed. All of it is rolled back.
/// </summary>
internal sealed class IndexSample : IAsyncDisposable
{
    private const int Builds = 2;

    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlTransaction _transaction;
    private readonly double _tableRows;
    private readonly string _schema;

    private IndexSample(NpgsqlConnection connection, NpgsqlTransaction transaction, double tableRows, string schema) =>
        (_connection, _transaction, _tableRows, _schema) = (connection, transaction, tableRows, schema);

    /// <summary>Rows in it.</summary>
    public long Rows { get; private set; }

    /// <summary>Bytes of them.</summary>
    public long HeapBytes { get; private set; }

    // Others who take a sample in the same schema at this moment need names of their own.
    private string Name => $"{_schema}.\"__lakebase_sample_{_connection.ProcessID}\"";

    private string Index => $"\"__lakebase_sample_index_{_connection.ProcessID}\"";

    private string Drop => $"DROP INDEX {_schema}.{Index}";

    /// <summary>Takes it, in whole pages from all over the table.</summary>
    /// <param name="connection">Used for nothing else until the sample is disposed.</param>
    /// <param name="table">The table.</param>
    /// <param name="tableRows">Rows that the table has, about.</param>
    /// <param name="rows">Rows to take at most.</param>
    /// <param name="ordinary">
    /// True takes an ordinary table beside the real one, which nobody else ever sees: builds on temporary ones have no parallel
    /// workers and write no log.
    /// </param>
    /// <param name="cancellationToken">Stops it.</param>
    public static async Task<IndexSample> TakeAsync(
        NpgsqlConnection connection, TableName table, double tableRows, int rows, bool ordinary, CancellationToken cancellationToken)
    {
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        IndexSample sample = new(connection, transaction, tableRows, ordinary ? TableName.Quote(table.Schema) : "pg_temp");
        try
        {
            // Some more pages than needed, for the pages drawn vary in number.
            double percent = Math.Min(100, 120.0 * rows / Math.Max(1, tableRows));
            string method = percent < 100 ? string.Create(CultureInfo.InvariantCulture, $" TABLESAMPLE SYSTEM ({percent:0.######}) REPEATABLE (1)") : "";
            // One process and the server's own memory: variants are compared, and what is common to all cancels out.
            await sample.ExecuteAsync("SET LOCAL max_parallel_maintenance_workers = 0; SET LOCAL statement_timeout = 0", cancellationToken).ConfigureAwait(false);
            await sample.ExecuteAsync(
                string.Create(CultureInfo.InvariantCulture, $"CREATE TABLE {sample.Name} AS SELECT * FROM {table.ToSql()}{method} LIMIT {rows}"), cancellationToken).ConfigureAwait(false);
            sample.Rows = await sample.ScalarAsync<long>($"SELECT count(*) FROM {sample.Name}", cancellationToken).ConfigureAwait(false);
            sample.HeapBytes = await sample.SizeAsync(sample.Name, cancellationToken).ConfigureAwait(false);
            return sample;
        }
        catch
        {
            await sample.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>True when a condition holds for every row; a NULL does not count.</summary>
    public Task<bool> HoldsAsync(string condition, CancellationToken cancellationToken) =>
        ScalarAsync<bool>($"SELECT coalesce(bool_and({condition}), false) FROM {Name}", cancellationToken);

    /// <summary>A number that an aggregate comes to.</summary>
    public Task<double> NumberAsync(string aggregate, CancellationToken cancellationToken) =>
        ScalarAsync<double>($"SELECT coalesce(({aggregate})::float8, 0) FROM {Name}", cancellationToken);

    /// <summary>Builds an index in one way; the faster of two builds counts.</summary>
    /// <param name="clause">What follows the table's name: "USING btree (k)".</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task<SampledBuild> BuildAsync(string clause, CancellationToken cancellationToken)
    {
        (TimeSpan best, long bytes) = await TimeAsync(clause, Builds, cancellationToken).ConfigureAwait(false);
        return new SampledBuild(Grow(bytes), Grow(best));
    }

    /// <summary>Builds an index as often as asked for: the least time, and the size it has over the sample.</summary>
    public async Task<(TimeSpan Least, long Bytes)> TimeAsync(string clause, int builds, CancellationToken cancellationToken)
    {
        TimeSpan best = TimeSpan.MaxValue;
        long bytes = 0;
        for (int build = 0; build < builds; build++)
        {
            long start = Stopwatch.GetTimestamp();
            await ExecuteAsync($"CREATE INDEX {Index} ON {Name} {clause}", cancellationToken).ConfigureAwait(false);
            TimeSpan time = Stopwatch.GetElapsedTime(start);
            best = time < best ? time : best;
            bytes = await SizeAsync($"{_schema}.{Index}", cancellationToken).ConfigureAwait(false);
            await ExecuteAsync(Drop, cancellationToken).ConfigureAwait(false);
        }

        return (best, bytes);
    }

    /// <summary>Sets what the next builds of an ordinary sample take, however small it is.</summary>
    public Task UseAsync(int workers, long memoryBytes, CancellationToken cancellationToken) => ExecuteAsync(
        string.Create(CultureInfo.InvariantCulture,
            $"SET LOCAL max_parallel_maintenance_workers = {workers}; SET LOCAL maintenance_work_mem = {memoryBytes / 1024}; ALTER TABLE {Name} SET (parallel_workers = {workers})"),
        cancellationToken);

    /// <summary>Puts its rows in the order of an index, so that the next build has nothing to sort.</summary>
    public Task OrderAsync(string clause, CancellationToken cancellationToken) => ExecuteAsync(
        $"CREATE INDEX {Index} ON {Name} {clause}; CLUSTER {Name} USING {Index}; {Drop}", cancellationToken);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        // A connection that broke has rolled back by itself.
        if (_connection.FullState == System.Data.ConnectionState.Open)
            await _transaction.RollbackAsync(CancellationToken.None).ConfigureAwait(false);
        await _transaction.DisposeAsync().ConfigureAwait(false);
    }

    private long Grow(long bytes) => (long)(bytes * Math.Max(1, _tableRows) / Math.Max(1, Rows));

    // A sort takes n log n comparisons.
    private TimeSpan Grow(TimeSpan time) => Rows < 2 ? time
        : time * (Math.Max(Rows, _tableRows) * Math.Log2(Math.Max(Rows, _tableRows)) / (Rows * Math.Log2(Rows)));

    private Task<long> SizeAsync(string relation, CancellationToken cancellationToken) =>
        ScalarAsync<long>($"SELECT pg_relation_size('{relation.Replace("'", "''", StringComparison.Ordinal)}')", cancellationToken);

    private async Task ExecuteAsync(string sql, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(sql, _connection, _transaction);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<T> ScalarAsync<T>(string sql, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(sql, _connection, _transaction);
        return (T)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }
}
