using System.Net;
using System.Security;
using LakebaseOps.Connections;
using LakebaseOps.Sandboxes;
using LakebaseOps.Tests;
using Npgsql;

[assembly: AssemblyFixture(typeof(PostgresServer))]

namespace LakebaseOps.Tests;

/// <summary>
/// The one real PostgreSQL of this assembly, started by the product's own sandbox. LAKEBASE_TEST_CONNECTION names another
/// server instead. No server is a failure, never a skip.
/// </summary>
public sealed class PostgresServer : IAsyncLifetime
{
    // One parent for every run: what a killed run leaves, the next one removes.
    private static readonly string Folder = Path.Combine(Path.GetTempPath(), "lakebaseops-tests");
    private LakebaseSandbox? _sandbox;
    private PostgresSession _root = null!;
    private int _databases;

    /// <summary>How to reach the server's postgres database as superuser.</summary>
    public ConnectionOptions Options { get; private set; } = new();

    public async ValueTask InitializeAsync()
    {
        if (Environment.GetEnvironmentVariable("LAKEBASE_TEST_CONNECTION") is { Length: > 0 } text)
        {
            Options = new ConnectionOptions { ConnectionString = text };
        }
        else
        {
            StartSandboxOptions own = new()
            {
                Name = $"tests-{Environment.ProcessId}",
                Path = Folder,
                Ephemeral = true,
                // Of hundreds of databases, each would be looked after in turn, though none outlives its test.
                Settings = new Dictionary<string, string> { ["autovacuum_naptime"] = "1d" },
            };
            _sandbox = await SandboxServer.StartAsync(own, CancellationToken.None);
            Options = SandboxConnection.Options(_sandbox);
        }

        _root = await SessionFactory.ConnectAsync(Options, CancellationToken.None);
        if (_sandbox is not null)
        {
            // A session leaves the server's memory of its catalogs in a file of its database, which the copies of this one get as well.
            await using PostgresSession template = await SessionFactory.ConnectAsync(Options with { Database = "template1" }, CancellationToken.None);
        }
    }

    /// <summary>A whole connection string, as a test hands it to another process through its environment.</summary>
    public string ConnectionString(string database)
    {
        NpgsqlConnectionStringBuilder settings = new(Options.ConnectionString ?? "")
        {
            Database = database,
        };
        if (Options.Secret is SecureString secret)
        {
            settings.Host = Options.HostName;
            settings.Port = Options.Port!.Value;
            settings.Username = Options.Username;
            settings.Password = new NetworkCredential("", secret).Password;
        }

        return settings.ConnectionString;
    }

    /// <summary>A session on a new, empty database; the caller disposes it.</summary>
    public async Task<PostgresSession> CreateDatabaseAsync(string label)
    {
        string database = $"{label.ToLowerInvariant()}_{Interlocked.Increment(ref _databases)}_{Guid.NewGuid():N}"[..Math.Min(60, label.Length + 30)];
        // To copy the files of an empty database takes a fifth of the time of writing its pages to the log.
        await ExecuteAsync($"CREATE DATABASE {TableName.Quote(database)} STRATEGY file_copy");
        // The server is known to answer, and to ask it first in each of hundreds of databases costs as much as to make them.
        return SessionFactory.Open(Options with { Database = database, Name = label }, _root.ServerVersion);
    }

    /// <summary>
    /// Ends whatever is still connected to a database of a test. It is dropped only on a server that is not ours: ours goes with its
    /// folder, and until then each drop would write everybody's pages to the disk.
    /// </summary>
    public Task RemoveDatabaseAsync(string database) => ExecuteAsync(_sandbox is null
        ? $"DROP DATABASE {TableName.Quote(database)} WITH (FORCE)"
        : $"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'");

    public async ValueTask DisposeAsync()
    {
        await _root.DisposeAsync();
        if (_sandbox is not null)
            await SandboxServer.StopAsync(new SandboxOptions { Name = _sandbox.Name, Path = Folder }, CancellationToken.None);
    }

    private async Task ExecuteAsync(string sql)
    {
        await using NpgsqlCommand command = _root.DataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
