using LakebaseOps.Connections;
using Npgsql;

namespace LakebaseOps.Workflows;

/// <summary>The facts of a server and its tables that bear on figures.</summary>
internal static class ServerFacts
{
    private static readonly string[] Settings =
    [
        "shared_buffers", "effective_cache_size", "work_mem", "maintenance_work_mem", "max_connections", "max_wal_size",
        "checkpoint_timeout", "wal_level", "fsync", "synchronous_commit", "full_page_writes", "wal_compression",
        "max_parallel_maintenance_workers", "max_worker_processes", "autovacuum", "random_page_cost", "jit",
        "default_toast_compression", "server_encoding", "TimeZone",
    ];

    /// <summary>Reads version, start time and settings.</summary>
    public static async Task<ServerEnvironment> ReadAsync(LakebaseSession session, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await PostgresSession.Of(session).OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            NpgsqlBatch batch = new(connection)
            {
                BatchCommands =
                {
                    new NpgsqlBatchCommand("SELECT version(), pg_postmaster_start_time()"),
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
                    await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
                    SortedDictionary<string, string> settings = new(StringComparer.Ordinal);
                    while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                        settings[reader.GetString(0)] = reader.GetString(1);
                    return new ServerEnvironment
                    {
                        Version = version,
                        Host = session.Host,
                        Database = session.Database,
                        StartedAt = started,
                        Settings = settings,
                    };
                }
            }
        }
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
