using LakebaseOps.Connections;
using LakebaseOps.Sandboxes;
using Npgsql;

namespace LakebaseOps.Tests.Sandboxes;

/// <summary>Base of tests that start sandboxes of their own, under a parent folder of their own.</summary>
public abstract class SandboxTest : IAsyncLifetime
{
    /// <summary>The parent folder.</summary>
    protected string Parent { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"lakebaseops-{Guid.NewGuid():N}"[..24]);

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        foreach (SandboxFolder folder in SandboxFolder.All(Parent))
            await SandboxServer.StopAsync(new SandboxOptions { Name = folder.Name, Path = Parent, RemoveData = true }, CancellationToken.None);
        if (Directory.Exists(Parent))
            Directory.Delete(Parent, recursive: true);
        GC.SuppressFinalize(this);
    }

    protected Task<LakebaseSandbox> StartAsync(string name = "one", Func<StartSandboxOptions, StartSandboxOptions>? change = null)
    {
        // Small, because several run at once.
        StartSandboxOptions options = new()
        {
            Name = name,
            Path = Parent,
            Ephemeral = true,
            Settings = new Dictionary<string, string> { ["shared_buffers"] = "16MB" },
        };
        return SandboxServer.StartAsync(change is null ? options : change(options), Cancel);
    }

    protected Task<LakebaseSandbox> StopAsync(string name = "one", bool removeData = false) =>
        SandboxServer.StopAsync(new SandboxOptions { Name = name, Path = Parent, RemoveData = removeData }, Cancel);

    protected static async Task<T> ScalarAsync<T>(PostgresSession session, string sql)
    {
        await using NpgsqlCommand command = session.DataSource.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(Cancel))!;
    }

    protected static async Task<LakebaseError> FailsAsync(Func<Task> action) =>
        (await Assert.ThrowsAsync<LakebaseException>(action)).Error;
}
