using System.Net;
using LakebaseOps.Connections;
using LakebaseOps.Loading.Wire;
using LakebaseOps.Sandboxes;
using Npgsql;

namespace LakebaseOps.Benchmarks.Loading;

/// <summary>The one server of a benchmark: a private one with the same settings for everybody.</summary>
internal sealed class BenchServer : IAsyncDisposable
{
    private static readonly string Folder = Path.Combine(Path.GetTempPath(), "lakebaseops-bench");
    private readonly LakebaseSandbox _sandbox;
    private readonly NpgsqlConnection _watch;
    private readonly List<PostgresSession> _others = [];

    private BenchServer(LakebaseSandbox sandbox, PostgresSession session, NpgsqlDataSource raw, NpgsqlConnection watch)
    {
        _sandbox = sandbox;
        Session = session;
        Raw = raw;
        _watch = watch;
        string password = new NetworkCredential("", SandboxConnection.Options(sandbox).Secret).Password;
        Programs = new Dictionary<string, string>
        {
            ["PGHOST"] = sandbox.Host,
            ["PGPORT"] = $"{sandbox.Port}",
            ["PGUSER"] = sandbox.Username,
            ["PGDATABASE"] = session.Database,
            ["PGPASSWORD"] = password,
            ["LC_ALL"] = "C.UTF-8",
        };
    }

    /// <summary>Our session on it.</summary>
    public PostgresSession Session { get; }

    /// <summary>Connections without a pool and with 64 KB write buffers.</summary>
    public NpgsqlDataSource Raw { get; }

    /// <summary>Process id of its main process.</summary>
    public int ProcessId => _sandbox.ProcessId;

    /// <summary>Its programs' folder.</summary>
    public string BinPath => _sandbox.BinPath;

    /// <summary>Environment that leads other programs to it.</summary>
    public IReadOnlyDictionary<string, string> Programs { get; }

    /// <summary>Starts it.</summary>
    public static async Task<BenchServer> StartAsync(IReadOnlyDictionary<string, string> settings, CancellationToken cancellationToken)
    {
        Dictionary<string, string> own = new()
        {
            // What happens in the background at times of its own would hit one contender and spare another.
            ["autovacuum"] = "off",
            ["checkpoint_timeout"] = "1h",
            ["max_wal_size"] = "32GB",
            ["TimeZone"] = "UTC",
        };
        foreach ((string name, string value) in settings)
            own[name] = value;
        LakebaseSandbox sandbox = await SandboxServer.StartAsync(
            new StartSandboxOptions { Name = $"bench-{Environment.ProcessId}", Path = Folder, Ephemeral = true, Settings = own }, cancellationToken);
        PostgresSession session = await SessionFactory.ConnectAsync(SandboxConnection.Options(sandbox), cancellationToken);
        NpgsqlDataSource raw = session.CreateDataSource(static settings =>
        {
            settings.Pooling = false;
            settings.WriteBufferSize = CopyBuffer.BlockBytes;
        });
        return new BenchServer(sandbox, session, raw, await raw.OpenConnectionAsync(cancellationToken));
    }

    /// <summary>A session on another of its databases, which ends with it.</summary>
    public async Task<PostgresSession> ConnectAsync(string database, CancellationToken cancellationToken)
    {
        PostgresSession session = await SessionFactory.ConnectAsync(
            SandboxConnection.Options(_sandbox, database) with { Name = database }, cancellationToken);
        _others.Add(session);
        return session;
    }

    /// <summary>Runs statements.</summary>
    public async Task ExecuteAsync(string sql, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = new(sql, _watch) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Bytes of write-ahead log since the server exists.</summary>
    public long WalPosition()
    {
        using NpgsqlCommand command = new("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint", _watch);
        return (long)command.ExecuteScalar()!;
    }

    /// <summary>What a table holds.</summary>
    public async Task<TableProof> ProveAsync(string table, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = new(
            $"SELECT count(*), coalesce(sum(hash_record_extended(t.*, 0)::numeric), 0)::text FROM {TableName.Parse(table).ToSql()} t", _watch)
        { CommandTimeout = 0 };
        await using NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        return new TableProof(row.GetInt64(0), row.GetString(1));
    }

    /// <summary>Its version and the settings that bear on loading.</summary>
    public async Task<IReadOnlyDictionary<string, string>> SettingsAsync(CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = new(
            """
            SELECT name, current_setting(name) FROM pg_settings WHERE name = ANY($1)
            UNION ALL SELECT 'version', version() ORDER BY 1
            """, _watch)
        {
            Parameters =
            {
                new()
                {
                    Value = new[]
                    {
                        "autovacuum", "checkpoint_timeout", "fsync", "full_page_writes", "max_wal_size", "shared_buffers", "synchronous_commit",
                        "wal_buffers", "wal_compression", "wal_level", "data_checksums", "lc_collate", "server_encoding", "max_connections", "ssl",
                    },
                },
            },
        };
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        Dictionary<string, string> settings = [];
        while (await reader.ReadAsync(cancellationToken))
            settings[reader.GetString(0)] = reader.GetString(1);
        return settings;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        foreach (PostgresSession session in _others)
            await session.DisposeAsync();
        await _watch.DisposeAsync();
        await Raw.DisposeAsync();
        await Session.DisposeAsync();
        await SandboxServer.StopAsync(new SandboxOptions { Name = _sandbox.Name, Path = Folder }, CancellationToken.None);
    }
}
