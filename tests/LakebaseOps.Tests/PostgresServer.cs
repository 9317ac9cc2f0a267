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
    private int _databases;

    /// <summary>How to reach the server's postgres database as superuser.</summary>
    public ConnectionOptions Options { get; private set; } = new();

    public async ValueTask InitializeAsync()
    {
        if (Environment.GetEnvironmentVariable("LAKEBASE_TEST_CONNECTION") is { Length: > 0 } text)
        {
            Options = new ConnectionOptions { ConnectionString = text };
            return;
        }

        _sandbox = await SandboxServer.StartAsync(
            new StartSandboxOptions { Name = $"tests-{Environment.ProcessId}", Path = Folder, Ephemeral = true }, CancellationToken.None);
        Options = SandboxConnection.Options(_sandbox);
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
        await using PostgresSession root = await SessionFactory.ConnectAsync(Options, CancellationToken.None);
        await using NpgsqlCommand create = root.DataSource.CreateCommand($"CREATE DATABASE {TableName.Quote(database)}");
        await create.ExecuteNonQueryAsync();
        return await SessionFactory.ConnectAsync(Options with { Database = database, Name = label }, CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        if (_sandbox is not null)
            await SandboxServer.StopAsync(new SandboxOptions { Name = _sandbox.Name, Path = Folder }, CancellationToken.None);
    }
}
