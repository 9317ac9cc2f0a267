using LakebaseOps.Connections;
using LakebaseOps.Sandboxes;
using Npgsql;

namespace LakebaseOps.Tests.Latency;

/// <summary>Base of tests with a small server of their own, that they may reconfigure, restart and empty the cache of.</summary>
public abstract class OwnServerTest : IAsyncLifetime
{
    private readonly string _parent = Directory.CreateTempSubdirectory("lakebase-own-").FullName;

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    protected LakebaseSandbox Sandbox { get; private set; } = null!;

    protected PostgresSession Session { get; private set; } = null!;

    /// <summary>A folder of the test's own.</summary>
    protected string Folder => Path.Combine(_parent, "run");

    public async ValueTask InitializeAsync()
    {
        // The server has an account of its own.
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(_parent, (UnixFileMode)0b111_101_101);
        await StartAsync(null);
        Session = await SessionFactory.ConnectAsync(SandboxConnection.Options(Sandbox), Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await Session.DisposeAsync();
        await SandboxServer.StopAsync(new SandboxOptions { Name = Sandbox.Name, Path = _parent, RemoveData = true }, CancellationToken.None);
        Directory.Delete(_parent, recursive: true);
        GC.SuppressFinalize(this);
    }

    protected async Task RestartAsync()
    {
        await SandboxServer.StopAsync(new SandboxOptions { Name = Sandbox.Name, Path = _parent }, Cancel);
        await StartAsync(Sandbox.Port);
    }

    protected async Task ExecuteAsync(string sql)
    {
        // One after the other: VACUUM and ALTER SYSTEM take no company.
        foreach (string statement in sql.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            await using NpgsqlCommand command = Session.DataSource.CreateCommand(statement);
            await command.ExecuteNonQueryAsync(Cancel);
        }
    }

    protected async Task<T> ScalarAsync<T>(string sql)
    {
        await using NpgsqlCommand command = Session.DataSource.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(Cancel))!;
    }

    private async Task StartAsync(int? port) => Sandbox = await SandboxServer.StartAsync(
        new StartSandboxOptions
        {
            Name = "own", Path = _parent, Port = port,
            Settings = new Dictionary<string, string> { ["shared_buffers"] = "16MB", ["fsync"] = "off", ["autovacuum_naptime"] = "1d" },
        }, Cancel);
}
