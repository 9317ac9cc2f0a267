using System.Globalization;
using LakebaseOps.Connections;
using Npgsql;

namespace LakebaseOps.Workflows;

/// <summary>The facts of a server and its tables that bear on figures.</summary>
internal static class ServerFacts
{
    private const string Facts =
        """
        SELECT version(), pg_postmaster_start_time(), pg_is_in_recovery(), (SELECT count(*) FROM pg_stat_replication),
               'database ' || (SELECT oid FROM pg_database WHERE datname = current_database()) || ', role ' || current_user,
               has_function_privilege('pg_control_system()', 'execute')
        """;

    private static readonly string[] Settings =
    [
        "shared_buffers", "effective_cache_size", "work_mem", "maintenance_work_mem", "max_connections", "max_wal_size",
        "checkpoint_timeout", "wal_level", "fsync", "synchronous_commit", "full_page_writes", "wal_compression",
        "max_parallel_maintenance_workers", "max_worker_processes", "autovacuum", "random_page_cost", "jit",
        "default_toast_compression", "server_encoding", "TimeZone", "plan_cache_mode", "statement_timeout", "track_io_timing",
        "max_parallel_workers_per_gather", "shared_preload_libraries", "huge_pages",
        // What says how large a Lakebase compute is; other servers do not have it.
        "neon.file_cache_size_limit", "neon.max_file_cache_size",
    ];

    /// <summary>
    /// Reads version, start time, role in a cluster, identity and settings, on a connection opened for it: one from a pool would
    /// show settings as they were when it was opened.
    /// </summary>
    public static async Task<ServerEnvironment> ReadAsync(LakebaseSession session, CancellationToken cancellationToken)
    {
        NpgsqlDataSource source = PostgresSession.Of(session).CreateDataSource(static settings => settings.Pooling = false);
        await using (source.ConfigureAwait(false))
        {
            NpgsqlConnection connection = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
                return await ReadAsync(session, connection, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The facts that differ, each in words.</summary>
    public static IReadOnlyList<string> Changes(ServerEnvironment before, ServerEnvironment after)
    {
        List<string> changes = [];
        Compare("the server's version", before.Version, after.Version);
        Compare("the server's start time", Time(before.StartedAt), Time(after.StartedAt));
        Compare("the server's identity", before.Identity, after.Identity);
        Compare("being a standby", before.IsInRecovery?.ToString(), after.IsInRecovery?.ToString());
        Compare("the number of standbys", Number(before.Replicas), Number(after.Replicas));
        foreach (string name in before.Settings.Keys.Union(after.Settings.Keys).Order(StringComparer.Ordinal))
            Compare($"the setting {name}", before.Settings.GetValueOrDefault(name), after.Settings.GetValueOrDefault(name));
        return changes;

        void Compare(string fact, string? was, string? isNow)
        {
            if (was != isNow)
                changes.Add($"{fact} was {was ?? "unknown"} and is {isNow ?? "unknown"}");
        }

        static string? Time(DateTimeOffset? time) => time?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.fff 'UTC'", CultureInfo.InvariantCulture);
        static string? Number(long? value) => value?.ToString(CultureInfo.InvariantCulture);
    }

    private static async Task<ServerEnvironment> ReadAsync(LakebaseSession session, NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        NpgsqlBatch batch = new(connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand(Facts),
                new NpgsqlBatchCommand("SELECT name, current_setting(name) FROM pg_settings WHERE name = ANY($1) ORDER BY name")
                {
                    Parameters = { new NpgsqlParameter { Value = Settings } },
                },
            },
        };
        await using (batch.ConfigureAwait(false))
        {
            NpgsqlDataReader reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                string version = reader.GetString(0);
                DateTimeOffset started = reader.GetFieldValue<DateTimeOffset>(1);
                (bool recovers, long replicas, string identity, bool identifies) =
                    (reader.GetBoolean(2), reader.GetInt64(3), reader.GetString(4), reader.GetBoolean(5));
                await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
                SortedDictionary<string, string> settings = new(StringComparer.Ordinal);
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                    settings[reader.GetString(0)] = reader.GetString(1);
                await reader.DisposeAsync().ConfigureAwait(false);
                return new ServerEnvironment
                {
                    IsInRecovery = recovers,
                    Replicas = replicas,
                    Identity = identifies ? $"system {await SystemAsync(connection, cancellationToken).ConfigureAwait(false)}, {identity}" : identity,
                    Version = version,
                    Host = session.Host,
                    Database = session.Database,
                    StartedAt = started,
                    Settings = settings,
                };
            }
        }
    }

    private static async Task<string> SystemAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        NpgsqlCommand command = new("SELECT system_identifier::text FROM pg_control_system()", connection);
        await using (command.ConfigureAwait(false))
            return (string)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    /// <summary>Sizes of tables as they are now; one that does not exist is left out.</summary>
    /// <param name="session">Where they are.</param>
    /// <param name="rows">Row counts known from loads, by table.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    public static async Task<IReadOnlyList<TableFacts>> TablesAsync(
        LakebaseSession session, IReadOnlyDictionary<string, long?> rows, CancellationToken cancellationToken)
    {
        NpgsqlCommand command = PostgresSession.Of(session).DataSource.CreateCommand(
            """
            SELECT given.name, relation.reltuples::bigint, pg_table_size(relation.oid), pg_indexes_size(relation.oid)
            FROM unnest($1, $2) AS given (name, written)
            JOIN pg_class AS relation ON relation.oid = to_regclass(given.written)
            ORDER BY given.name
            """);
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.Add(new NpgsqlParameter { Value = rows.Keys.ToArray() });
            command.Parameters.Add(new NpgsqlParameter { Value = rows.Keys.Select(name => TableName.Parse(name).ToSql()).ToArray() });
            NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                List<TableFacts> tables = [];
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    string name = reader.GetString(0);
                    tables.Add(new TableFacts(name, rows[name] ?? reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3)));
                }

                return tables;
            }
        }
    }
}
