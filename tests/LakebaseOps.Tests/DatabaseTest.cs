using LakebaseOps.Connections;
using Npgsql;

namespace LakebaseOps.Tests;

/// <summary>Base of tests that need a database: one new database for each test method's instance.</summary>
public abstract class DatabaseTest(PostgresServer server) : IAsyncLifetime
{
    /// <summary>The server all tests share.</summary>
    protected PostgresServer Server { get; } = server;

    /// <summary>A session on this test's own database.</summary>
    protected PostgresSession Session { get; private set; } = null!;

    /// <summary>Ends with the test run.</summary>
    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public virtual async ValueTask InitializeAsync() => Session = await Server.CreateDatabaseAsync(GetType().Name);

    public virtual async ValueTask DisposeAsync()
    {
        string database = Session.Database;
        await Session.DisposeAsync();
        await Server.RemoveDatabaseAsync(database);
        GC.SuppressFinalize(this);
    }

    /// <summary>Runs statements.</summary>
    protected async Task ExecuteAsync(string sql)
    {
        await using NpgsqlCommand command = Session.DataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancel);
    }

    /// <summary>The single value of a query.</summary>
    protected async Task<T> ScalarAsync<T>(string sql)
    {
        await using NpgsqlCommand command = Session.DataSource.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(Cancel))!;
    }
}
