using System.Collections.Concurrent;
using System.Globalization;
using LakebaseOps.Connections;
using LakebaseOps.Dumps.Definitions;
using LakebaseOps.Dumps.Restoring;
using LakebaseOps.Loading.Wire;
using Npgsql;

namespace LakebaseOps.Dumps.Copying;

/// <summary>
/// A database that is copied while it lives: one snapshot, exported by a connection that does nothing else, and read by as
/// many others as there are streams. Tables are locked against changes of their definition, not against writes.
/// </summary>
internal sealed class LiveSource : IDumpSource
{
    // row_security off: a policy that would hide rows is an error, not a smaller copy.
    private const string Settings =
        """
        SELECT set_config(name, value, true) FROM pg_settings JOIN (VALUES
            ('statement_timeout', '0'), ('lock_timeout', '0'), ('transaction_timeout', '0'), ('idle_in_transaction_session_timeout', '0'),
            ('idle_session_timeout', '0'), ('row_security', 'off'), ('extra_float_digits', '3'), ('jit', 'off'),
            ('synchronize_seqscans', 'off')) AS wanted (name, value) USING (name)
        """;

    private readonly NpgsqlDataSource _source;
    private readonly NpgsqlConnection _keeper;
    private readonly string _snapshot;
    private readonly ConcurrentBag<NpgsqlConnection> _idle = [];
    private readonly long _pageBytes;

    private LiveSource(NpgsqlDataSource source, NpgsqlConnection keeper, string snapshot, long pageBytes, DatabaseDefinition definition, DumpOrigin origin)
    {
        (_source, _keeper, _snapshot, _pageBytes) = (source, keeper, snapshot, pageBytes);
        Definition = definition;
        Origin = origin;
    }

    /// <summary>Bytes of a table, with TOAST, that are one piece.</summary>
    public long ChunkBytes { get; init; } = new RestoreLimits().ChunkBytes;

    /// <inheritdoc />
    public string Id => $"live {Origin.Label} {_snapshot}";

    /// <inheritdoc />
    public DumpOrigin Origin { get; }

    /// <inheritdoc />
    public DatabaseDefinition Definition { get; }

    /// <summary>Takes a snapshot and reads what there is in it.</summary>
    public static async Task<LiveSource> OpenAsync(
        PostgresSession session, IDefinitionReader reader, DumpSelection selection, CancellationToken cancellationToken, RestoreLimits? limits = null)
    {
        NpgsqlDataSource source = session.CreateDataSource(static settings =>
        {
            settings.Pooling = false;
            settings.ApplicationName = "LakebaseOps copy";
            settings.KeepAlive = 30;
            settings.ReadBufferSize = 64 * 1024;
            settings.CancellationTimeout = 500;
        });
        NpgsqlConnection? keeper = null;
        try
        {
            keeper = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            await BeginAsync(keeper, null, cancellationToken).ConfigureAwait(false);
            (string snapshot, string encoding, long pageBytes) = await FactsAsync(keeper, cancellationToken).ConfigureAwait(false);
            DatabaseDefinition definition = await reader.ReadAsync(keeper, snapshot, selection, cancellationToken).ConfigureAwait(false);
            foreach (DumpTable[] some in definition.Tables.Chunk(100))
            {
                await ExecuteAsync(
                    keeper, $"LOCK TABLE {string.Join(", ", some.Select(table => $"ONLY {table.Table.ToSql()}"))} IN ACCESS SHARE MODE", cancellationToken)
                    .ConfigureAwait(false);
            }

            DumpOrigin origin = new(
                string.Create(CultureInfo.InvariantCulture, $"{session.Host}:{session.Port}/{session.Database}"), session.ServerVersion.Major, encoding);
            return new LiveSource(source, keeper, snapshot, pageBytes, definition, origin) { ChunkBytes = (limits ?? new()).ChunkBytes };
        }
        catch
        {
            if (keeper is not null)
                await keeper.DisposeAsync().ConfigureAwait(false);
            await source.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc />
    public IReadOnlyList<DumpChunk> Chunks(DumpTable table)
    {
        int count = Count(table);
        return [.. Enumerable.Range(0, count).Select(number => new DumpChunk(number, table.TotalBytes / count))];
    }

    /// <inheritdoc />
    public async Task<Stream> OpenAsync(DumpTable table, DumpChunk chunk, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await RentAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            NpgsqlRawCopyStream rows = await connection
                .BeginRawBinaryCopyAsync($"COPY {What(table, chunk.Number)} TO STDOUT (FORMAT binary)", cancellationToken).ConfigureAwait(false);
            // A chunk of dead rows only may be long in coming.
            rows.ReadTimeout = Timeout.Infinite;
            return new LiveStream(rows, connection, _idle.Add);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        while (_idle.TryTake(out NpgsqlConnection? idle))
            await idle.DisposeAsync().ConfigureAwait(false);
        await _keeper.DisposeAsync().ConfigureAwait(false);
        await _source.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Begins a transaction in the snapshot, or in a new one.</summary>
    private static async Task BeginAsync(NpgsqlConnection connection, string? snapshot, CancellationToken cancellationToken)
    {
        string import = snapshot is null ? "" : $"; SET TRANSACTION SNAPSHOT '{snapshot}'";
        await ExecuteAsync(connection, $"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY{import}; {Settings}", cancellationToken).ConfigureAwait(false);
    }

    private static async Task<(string Snapshot, string Encoding, long PageBytes)> FactsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(
            "SELECT pg_export_snapshot(), current_setting('server_encoding'), current_setting('block_size')::bigint", connection);
        NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            return (reader.GetString(0), reader.GetString(1), reader.GetInt64(2));
        }
    }

    private int Count(DumpTable table) => table.IsWhole || table.HeapBytes == 0 ? 1 : (int)Math.Max(1, table.TotalBytes / ChunkBytes);

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    private string What(DumpTable table, int number)
    {
        int count = Count(table);
        string columns = string.Join(", ", table.Columns.Select(TableName.Quote));
        if (count == 1)
            return table.Columns.Count == 0 ? table.Table.ToSql() : $"{table.Table.ToSql()} ({columns})";
        long pages = table.HeapBytes / _pageBytes;
        long from = pages * number / count;
        // The last has no end: nothing behind what the size says may go unread.
        string to = number == count - 1 ? "" : string.Create(CultureInfo.InvariantCulture, $" AND ctid < '({pages * (number + 1) / count},0)'");
        return string.Create(CultureInfo.InvariantCulture, $"(SELECT {columns} FROM ONLY {table.Table.ToSql()} WHERE ctid >= '({from},0)'{to})");
    }

    private async Task<NpgsqlConnection> RentAsync(CancellationToken cancellationToken)
    {
        while (_idle.TryTake(out NpgsqlConnection? idle))
        {
            if (idle.FullState == System.Data.ConnectionState.Open)
                return idle;
            await idle.DisposeAsync().ConfigureAwait(false);
        }

        NpgsqlConnection connection = await _source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await BeginAsync(connection, _snapshot, cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch (PostgresException gone) when (gone.SqlState is "22023" or "42704")
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw new LakebaseError(ErrorIds.DumpSnapshotGone, LakebaseErrorKind.InvalidState,
                $"The snapshot that {Origin.Label} is copied in is gone: the connection that held it was lost.")
            { Target = Origin.Label, Cause = gone, Remedy = "Run Copy-LakebaseDatabase again; it copies anew, in another snapshot." }.ToException();
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
