using System.Globalization;
using LakebaseOps.Connections;
using LakebaseOps.Dumps.Definitions;
using LakebaseOps.Dumps.Folders;
using LakebaseOps.Dumps.Restoring;
using Npgsql;

namespace LakebaseOps.Dumps.Exporting;

/// <summary>
/// The one view of the database that a whole dump is read in: a transaction that stays open, exports its snapshot to all streams and
/// holds a lock on every table that lets everybody read and write but nobody rewrite.
/// </summary>
internal sealed class DumpSnapshot : IAsyncDisposable
{
    private const int Attempts = 5;

    // Values look the same whatever the session's own settings are, rows come in the order of pages, and policies refuse instead of hiding.
    private const string Settings =
        """
        SELECT set_config(name, value, true) FROM pg_settings JOIN (VALUES ('statement_timeout', '0'), ('idle_in_transaction_session_timeout', '0'),
            ('transaction_timeout', '0'), ('row_security', 'off'), ('jit', 'off'), ('max_parallel_workers_per_gather', '0'),
            ('synchronize_seqscans', 'off'), ('TimeZone', 'UTC'), ('DateStyle', 'ISO, YMD'), ('IntervalStyle', 'postgres'),
            ('extra_float_digits', '1'), ('bytea_output', 'hex'), ('search_path', '')) AS wanted (name, value) USING (name)
        """;

    private const string About =
        """
        SELECT pg_catalog.pg_export_snapshot(), pg_catalog.pg_current_snapshot()::text, pg_catalog.now(), pg_catalog.current_setting('server_version'),
            pg_catalog.getdatabaseencoding()::text,
            (CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn() ELSE pg_catalog.pg_current_wal_lsn() END)::text,
            (pg_catalog.pg_postmaster_start_time(), (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()))::text
        """;

    private readonly NpgsqlDataSource _source;
    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlTransaction _transaction;

    private DumpSnapshot(NpgsqlDataSource source, NpgsqlConnection connection, NpgsqlTransaction transaction) =>
        (_source, _connection, _transaction) = (source, connection, transaction);

    /// <summary>The name other transactions import it by.</summary>
    public string ExportedName { get; private set; } = "";

    /// <summary>The database and the snapshot.</summary>
    public ManifestSource Source { get; private set; } = null!;

    /// <summary>
    /// What tells this database from every other, also from itself after a restart, which can empty unlogged tables. Where it and the
    /// snapshot are the same, no transaction has ended in between: the same rows are seen at the same places.
    /// </summary>
    public string Identity { get; private set; } = "";

    /// <summary>What it consists of.</summary>
    public DatabaseDefinition Definition { get; private set; } = null!;

    /// <summary>Takes a snapshot, reads the definition in it and locks the tables.</summary>
    public static async Task<DumpSnapshot> TakeAsync(
        PostgresSession session, NpgsqlDataSource source, IDefinitionReader reader, DumpSelection selection, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            NpgsqlConnection connection = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            DumpSnapshot? snapshot = null;
            try
            {
                snapshot = await BeginAsync(source, connection, snapshotName: null, cancellationToken).ConfigureAwait(false);
                await snapshot.DescribeAsync(session, cancellationToken).ConfigureAwait(false);
                DatabaseDefinition definition = await reader.ReadAsync(connection, snapshot.ExportedName, selection, cancellationToken).ConfigureAwait(false);
                snapshot.Definition = definition with { Tables = await OidMask.MarkAsync(connection, definition.Tables, cancellationToken).ConfigureAwait(false) };
                if (await snapshot.LockAsync(cancellationToken).ConfigureAwait(false))
                    return snapshot;
                await snapshot.DisposeAsync().ConfigureAwait(false);
            }
            catch (PostgresException gone) when (gone.SqlState is "42P01" or "3F000" && attempt < Attempts)
            {
                // Dropped between the snapshot and the lock.
                await CloseAsync(snapshot, connection).ConfigureAwait(false);
            }
            catch
            {
                await CloseAsync(snapshot, connection).ConfigureAwait(false);
                throw;
            }

            if (attempt >= Attempts)
            {
                throw new LakebaseError(ErrorIds.ResourceBusy, LakebaseErrorKind.Busy, "Tables are being rewritten, truncated or dropped all the time.")
                { Target = session.Database, Remedy = "Dump when nobody changes the structure of the database." }.ToException();
            }
        }
    }

    /// <summary>Another connection that sees the same.</summary>
    /// <exception cref="LakebaseException">DumpSnapshotGone.</exception>
    public async Task<NpgsqlConnection> JoinAsync(CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await _source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await BeginAsync(_source, connection, ExportedName, cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch (PostgresException refused) when (refused.SqlState is "22023" or "42704")
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw Gone(Source.Database, refused);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Makes sure that the snapshot and the locks were held until now.</summary>
    /// <exception cref="LakebaseException">DumpSnapshotGone.</exception>
    public async Task ProveAsync(CancellationToken cancellationToken)
    {
        try
        {
            using NpgsqlCommand command = new("SELECT pg_catalog.pg_current_snapshot()::text", _connection, _transaction);
            if ((string)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))! == Source.Snapshot)
                return;
        }
        catch (Exception exception) when (exception is NpgsqlException or InvalidOperationException)
        {
            throw Gone(Source.Database, exception);
        }

        throw Gone(Source.Database, null);
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => new(CloseAsync(null, _connection));

    /// <summary>The snapshot of a dump is no more.</summary>
    public static LakebaseException Gone(string target, Exception? cause) =>
        new LakebaseError(ErrorIds.DumpSnapshotGone, LakebaseErrorKind.InvalidState,
            "The snapshot that the dump was begun in is gone: the rows have changed since, or nobody can tell.")
        {
            Target = target,
            Cause = cause,
            Remedy = "Run it again with -Force to begin anew, or with -AllowInconsistent to keep what is there and read the rest as it is now.",
        }.ToException();

    private static async Task<DumpSnapshot> BeginAsync(
        NpgsqlDataSource source, NpgsqlConnection connection, string? snapshotName, CancellationToken cancellationToken)
    {
        NpgsqlTransaction transaction =
            await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellationToken).ConfigureAwait(false);
        // Names of snapshots are digits and dashes; a parameter is not possible there.
        string import = snapshotName is null ? "" : $"SET TRANSACTION SNAPSHOT '{snapshotName.Replace("'", "''", StringComparison.Ordinal)}'; ";
        using NpgsqlCommand command = new($"SET TRANSACTION READ ONLY; {import}{Settings}", connection, transaction) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        return new DumpSnapshot(source, connection, transaction);
    }

    private static async Task CloseAsync(DumpSnapshot? snapshot, NpgsqlConnection connection)
    {
        if (snapshot is not null)
            await snapshot._transaction.DisposeAsync().ConfigureAwait(false);
        await connection.DisposeAsync().ConfigureAwait(false);
    }

    private async Task DescribeAsync(PostgresSession session, CancellationToken cancellationToken)
    {
        using (NpgsqlCommand command = new(About, _connection, _transaction) { CommandTimeout = 0 })
        {
            NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                await row.ReadAsync(cancellationToken).ConfigureAwait(false);
                ExportedName = row.GetString(0);
                Source = new ManifestSource
                {
                    Host = session.Host,
                    Port = session.Port,
                    Database = session.Database,
                    Snapshot = row.GetString(1),
                    TakenAt = new DateTimeOffset(row.GetDateTime(2).ToUniversalTime(), TimeSpan.Zero),
                    ServerVersion = row.GetString(3),
                    Encoding = row.GetString(4),
                    Lsn = row.IsDBNull(5) ? null : row.GetString(5),
                };
                Identity = row.GetString(6);
            }
        }
    }

    /// <summary>Locks every table; false when one was rewritten after the snapshot, which shows such a table empty or at other places.</summary>
    private async Task<bool> LockAsync(CancellationToken cancellationToken)
    {
        foreach (DumpTable[] some in Definition.Tables.Where(table => !table.IsWhole).Chunk(500))
        {
            using NpgsqlCommand command = new(
                string.Create(CultureInfo.InvariantCulture, $"LOCK TABLE {string.Join(", ", some.Select(table => $"ONLY {table.Table.ToSql()}"))} IN ACCESS SHARE MODE"),
                _connection, _transaction) { CommandTimeout = 0 };
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }

        using NpgsqlCommand check = new(
            "SELECT count(*) FROM pg_catalog.pg_class WHERE oid = ANY($1) AND pg_catalog.pg_relation_filenode(oid) IS DISTINCT FROM relfilenode AND relkind = 'r' "
            + "AND relfilenode <> 0", _connection, _transaction) { CommandTimeout = 0 };
        check.Parameters.Add(new NpgsqlParameter { Value = Definition.Tables.Select(table => table.Oid).ToArray(), NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Array | NpgsqlTypes.NpgsqlDbType.Oid });
        return (long)(await check.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))! == 0;
    }
}
