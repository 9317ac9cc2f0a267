using System.Collections.Concurrent;
using LakebaseOps.Connections;
using LakebaseOps.Loading.Wire;
using Npgsql;

namespace LakebaseOps.Loading.Sending;

/// <summary>
/// Connections of one call, kept from table to table. They have 64 KB buffers, no time limits, and notice on the server
/// within a second when this process is gone. One that failed is never used again.
/// </summary>
internal sealed class LoadConnections(PostgresSession session) : IAsyncDisposable
{
    private const string Settings =
        """
        SELECT set_config('statement_timeout', '0', false), set_config('idle_in_transaction_session_timeout', '0', false),
               set_config('lock_timeout', '0', false), set_config('client_min_messages', 'warning', false),
               set_config(name, '1000', false)
        FROM pg_settings WHERE name = 'client_connection_check_interval'
        """;

    private readonly NpgsqlDataSource _source = session.CreateDataSource(static settings =>
    {
        settings.Pooling = false;
        settings.WriteBufferSize = CopyBuffer.BlockBytes;
        settings.ApplicationName = "LakebaseOps load";
    });

    private readonly ConcurrentBag<NpgsqlConnection> _idle = [];
    private readonly ConcurrentDictionary<int, byte> _processes = new();

    /// <summary>The session they belong to.</summary>
    public PostgresSession Session => session;

    /// <summary>An open connection; give it back with <see cref="Return"/> or dispose it.</summary>
    public async ValueTask<NpgsqlConnection> RentAsync(CancellationToken cancellationToken)
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
            using NpgsqlCommand command = new(Settings, connection);
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException refused) when (refused.SqlState is "22023" or "0A000")
        {
            // A platform that cannot watch its clients; everything else works there too.
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        _processes.TryAdd(connection.ProcessID, 0);
        return connection;
    }

    /// <summary>Keeps a connection for the next who needs one; it must be idle and outside a transaction.</summary>
    public void Return(NpgsqlConnection connection) => _idle.Add(connection);

    /// <summary>Ends every session on the server that these connections began and that is still busy, and waits for it.</summary>
    public async Task StopAsync()
    {
        NpgsqlConnection connection = await session.OpenAsync(CancellationToken.None).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            for (int attempt = 0; attempt < 100; attempt++)
            {
                using NpgsqlCommand command = new(
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                    + "WHERE pid = ANY($1) AND application_name = 'LakebaseOps load' AND datname = current_database() AND usename = current_user",
                    connection)
                {
                    Parameters = { new() { Value = _processes.Keys.ToArray() } },
                };
                if (await command.ExecuteScalarAsync(CancellationToken.None).ConfigureAwait(false) is 0L)
                    return;
                await Task.Delay(50, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        while (_idle.TryTake(out NpgsqlConnection? idle))
            await idle.DisposeAsync().ConfigureAwait(false);
        await _source.DisposeAsync().ConfigureAwait(false);
    }
}
