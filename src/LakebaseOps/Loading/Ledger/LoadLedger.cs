using System.Globalization;
using System.Text.Json;
using LakebaseOps.Loading.Sending;
using LakebaseOps.Loading.Wire;
using Npgsql;

namespace LakebaseOps.Loading.Ledger;

/// <summary>
/// The books of one table's load, and its lock: whoever holds the lock leads the load through its phases. Owns a connection
/// that does nothing else; when that breaks, the lock is taken anew, and if somebody else has it meanwhile, ResourceBusy tells.
/// </summary>
internal sealed class LoadLedger(LoadConnections connections, TableName table) : IAsyncDisposable
{
    private const int Patience = 20;

    private readonly SemaphoreSlim _turn = new(1);
    private NpgsqlConnection? _connection;
    private bool _leads;

    /// <summary>The connections of the call.</summary>
    public LoadConnections Connections => connections;

    /// <summary>The load, once it has begun.</summary>
    public Guid LoadId { get; private set; }

    /// <summary>Proves ownership in every chunk.</summary>
    public Guid Lease { get; private set; }

    /// <summary>Cancelled when the connection is found dead: for what nothing else may cancel, such as a commit.</summary>
    public CancellationToken Lost => _connection is null ? CancellationToken.None : connections.Watch(_connection).Lost;

    /// <summary>Takes the lock of the table, with patience for a process that was killed a moment ago.</summary>
    /// <exception cref="LakebaseException">ResourceBusy.</exception>
    public async Task LockAsync(CancellationToken cancellationToken)
    {
        for (int attempt = 0; !await TryLockAsync(cancellationToken).ConfigureAwait(false); attempt++)
        {
            if (attempt == Patience)
                throw Busy(table);
            await Task.Delay(100, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Takes the lock of the table if it is free; true when this ledger has it now.</summary>
    public async Task<bool> TryLockAsync(CancellationToken cancellationToken) =>
        _leads = _leads || await RunAsync(HasLockAsync, cancellationToken).ConfigureAwait(false);

    /// <summary>Enters a load that somebody else leads.</summary>
    public void Join(Guid loadId) => LoadId = loadId;

    /// <summary>The unfinished load of the table, or the one finished last.</summary>
    public Task<LedgerEntry?> FindAsync(CancellationToken cancellationToken) =>
        RunAsync((connection, token) => LedgerEntry.FindAsync(connection, table, token), cancellationToken);

    /// <summary>This load as the books have it now.</summary>
    public Task<LedgerEntry?> ReadAsync(CancellationToken cancellationToken) =>
        RunAsync((connection, token) => LedgerEntry.FindAsync(connection, LoadId, token), cancellationToken);

    /// <summary>Enters a new load.</summary>
    public async Task BeginAsync(LoadPlan plan, Guid runId, string options, CancellationToken cancellationToken)
    {
        Guid loadId = Guid.NewGuid();
        Lease = Guid.NewGuid();
        await RunAsync(
            async (connection, token) =>
            {
                using NpgsqlCommand command = new(
                    """
                    WITH run AS (
                        INSERT INTO lakebase_ops.load_run (run_id, client, options) VALUES ($3, $4, $5::jsonb) ON CONFLICT DO NOTHING)
                    INSERT INTO lakebase_ops.load_table
                        (load_id, run_id, schema_name, table_name, mode, source, fingerprint, phase, lease, stage_name, total_rows, total_bytes, table_oid, reads_back)
                    VALUES ($1, $3, $6, $7, $8, $9, $10::jsonb, $11, $2, $12, $13, $14, $15, $16)
                    ON CONFLICT (load_id) DO NOTHING
                    """, connection)
                {
                    Parameters =
                    {
                        new() { Value = loadId }, new() { Value = Lease }, new() { Value = runId }, new() { Value = Environment.MachineName }, new() { Value = options },
                        new() { Value = table.Schema }, new() { Value = table.Name }, new() { Value = plan.Mode.ToString() },
                        new() { Value = plan.Source.Kind }, new() { Value = JsonSerializer.Serialize(plan.Fingerprint) },
                        new() { Value = (plan.Mode == BulkLoadMode.Replace ? LoadPhase.Stage : LoadPhase.Load).ToString() },
                        new NpgsqlParameter<string?> { TypedValue = plan.Mode == BulkLoadMode.Replace ? plan.Stage.Name : null },
                        new NpgsqlParameter<long?> { TypedValue = plan.Source.TotalRows }, new NpgsqlParameter<long?> { TypedValue = plan.Source.TotalBytes },
                        new NpgsqlParameter { Value = plan.Mode == BulkLoadMode.Replace ? DBNull.Value : plan.LiveOid, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Oid },
                        new() { Value = ReadBack.Altered(plan.Source.Columns) is null },
                    },
                };
                return await command.ExecuteNonQueryAsync(token).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
        LoadId = loadId;
    }

    /// <summary>
    /// Takes over an unfinished load. Waits for chunks that a dying owner is just committing; afterwards none of its can
    /// be committed any more, so what the books say then is what is in the table. Of an input that passes by, nobody else has
    /// a part then: sessions that hold one and stay silent are ended.
    /// </summary>
    /// <param name="loadId">The load.</param>
    /// <param name="claims">Ends them.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    public async Task TakeOverAsync(Guid loadId, ClaimWatch claims, CancellationToken cancellationToken)
    {
        Lease = await LoadLease.TakeAsync(this, loadId, claims, cancellationToken).ConfigureAwait(false);
        LoadId = loadId;
    }

    /// <summary>The parts whose rows are in the table.</summary>
    public Task<IReadOnlyList<LoadedChunk>> ChunksAsync(CancellationToken cancellationToken) => RunAsync<IReadOnlyList<LoadedChunk>>(
        async (connection, token) =>
        {
            using NpgsqlCommand command = new(
                "SELECT input, range_from, range_to, rows, bytes, content_hash, encoding, rejected, lines, inserted, updated "
                + "FROM lakebase_ops.load_chunk WHERE load_id = $1", connection)
            {
                Parameters = { new() { Value = LoadId } },
            };
            List<LoadedChunk> chunks = [];
            NpgsqlDataReader row = await command.ExecuteReaderAsync(token).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                while (await row.ReadAsync(token).ConfigureAwait(false))
                {
                    chunks.Add(new LoadedChunk(
                        new LoadRange(row.GetInt32(0), row.GetInt64(1), row.GetInt64(2)), row.GetInt64(3), row.GetInt64(4),
                        UInt128.Parse(row.GetString(5), NumberStyles.HexNumber, CultureInfo.InvariantCulture), row.GetString(6))
                    { Rejected = row.GetInt64(7), Lines = row.GetInt64(8), Inserted = row.GetInt64(9), Updated = row.GetInt64(10) });
                }
            }

            return chunks;
        },
        cancellationToken);

    /// <summary>Goes to the next phase.</summary>
    public Task AdvanceAsync(LoadPhase phase, LoadTotals? totals, CancellationToken cancellationToken) => RunAsync(
        async (connection, token) =>
        {
            using NpgsqlCommand command = new(
                """
                UPDATE lakebase_ops.load_table
                SET phase = $3, rows = coalesce($4, rows), content_hash = coalesce($5, content_hash),
                    status = CASE WHEN $3 = 'Done' THEN 'Loaded' ELSE status END,
                    finished_at = CASE WHEN $3 = 'Done' THEN clock_timestamp() END
                WHERE load_id = $1 AND lease = $2
                    AND NOT EXISTS (SELECT FROM lakebase_ops.load_pending WHERE load_id = $1)
                    AND NOT EXISTS (SELECT FROM lakebase_ops.load_input WHERE load_id = $1 AND NOT is_cut)
                """, connection)
            {
                Parameters =
                {
                    new() { Value = LoadId }, new() { Value = Lease }, new() { Value = phase.ToString() },
                    new NpgsqlParameter<long?> { TypedValue = totals?.Rows },
                    new NpgsqlParameter<string?> { TypedValue = totals?.HashText },
                },
            };
            return await command.ExecuteNonQueryAsync(token).ConfigureAwait(false) == 1 ? 0 : throw TakenOver(table);
        },
        cancellationToken);

    /// <summary>True while nobody else has taken the load over.</summary>
    public Task<bool> IsOursAsync(CancellationToken cancellationToken) => RunAsync(
        async (connection, token) =>
        {
            using NpgsqlCommand command = new(
                "SELECT EXISTS (SELECT FROM lakebase_ops.load_table WHERE load_id = $1 AND lease = $2)", connection)
            {
                Parameters = { new() { Value = LoadId }, new() { Value = Lease } },
            };
            return (bool)(await command.ExecuteScalarAsync(token).ConfigureAwait(false))!;
        },
        cancellationToken);

    /// <summary>Strikes a load out of the books.</summary>
    public Task RemoveAsync(Guid loadId, CancellationToken cancellationToken) => RunAsync(
        async (connection, token) =>
        {
            using NpgsqlCommand command = new("DELETE FROM lakebase_ops.load_table WHERE load_id = $1", connection)
            {
                Parameters = { new() { Value = loadId } },
            };
            return await command.ExecuteNonQueryAsync(token).ConfigureAwait(false);
        },
        cancellationToken);

    /// <summary>
    /// Does something on the ledger's connection. It is done again on a new one when the connection breaks, so it must be
    /// something that may happen twice.
    /// </summary>
    public async Task<T> RunAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> action, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            for (int attempt = 0; ; attempt++)
            {
                try
                {
                    _connection ??= await OpenAsync(cancellationToken).ConfigureAwait(false);
                    NpgsqlConnection connection = _connection;
                    return await connections.RunAsync(connection, token => action(connection, token), cancellationToken).ConfigureAwait(false);
                }
                catch (Exception exception) when (Transient.Is(exception))
                {
                    await CloseAsync().ConfigureAwait(false);
                    if (!await Transient.WaitAsync(attempt, cancellationToken).ConfigureAwait(false))
                        throw;
                }
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await CloseAsync().ConfigureAwait(false);
        _turn.Dispose();
    }

    /// <summary>The load belongs to somebody else now.</summary>
    public static LakebaseException TakenOver(TableName table) =>
        new LakebaseError(ErrorIds.ResourceBusy, LakebaseErrorKind.Busy, $"Another process has taken over the load of {table}.")
        { Target = table.ToString(), Remedy = "Let it finish; Get-LakebaseCheckpoint shows how far it is." }.ToException();

    private async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await connections.RentAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // A session that died a moment ago, perhaps our own, may need that moment to lose its lock.
            for (int attempt = 0; _leads && !await connections.RunAsync(
                connection, token => HasLockAsync(connection, token), cancellationToken).ConfigureAwait(false); attempt++)
            {
                if (attempt == Patience)
                {
                    _leads = false;
                    throw Busy(table);
                }

                await Task.Delay(100, cancellationToken).ConfigureAwait(false);
            }

            return connection;
        }
        catch
        {
            await connections.DropAsync(connection).ConfigureAwait(false);
            throw;
        }
    }

    private async Task<bool> HasLockAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(
            "SELECT pg_try_advisory_lock(hashtextextended('lakebase_ops.load_table ' || quote_ident($1) || '.' || quote_ident($2), 0))",
            connection)
        {
            Parameters = { new() { Value = table.Schema }, new() { Value = table.Name } },
        };
        return (bool)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    /// <summary>Another process has the table's lock.</summary>
    public static LakebaseException Busy(TableName table) =>
        new LakebaseError(ErrorIds.ResourceBusy, LakebaseErrorKind.Busy, $"Another process is loading {table} right now.")
        { Target = table.ToString(), Remedy = "Let it finish, or stop it; Get-LakebaseCheckpoint shows how far it is." }.ToException();

    private async Task CloseAsync()
    {
        if (_connection is not null)
            await connections.DropAsync(_connection).ConfigureAwait(false);
        _connection = null;
    }
}
