using LakebaseOps.Connections;
using LakebaseOps.Dumps.Copying;
using LakebaseOps.Dumps.Definitions;
using LakebaseOps.Dumps.Exporting;
using LakebaseOps.Dumps.Restoring;
using Npgsql;

namespace LakebaseOps.Tests.Dumps.Restoring;

/// <summary>Base of tests that carry their database to another one.</summary>
public abstract class RestoreTest(PostgresServer server) : DatabaseTest(server)
{
    /// <summary>Where it goes.</summary>
    protected PostgresSession Target { get; set; } = null!;

    /// <summary>A folder for dumps.</summary>
    protected string Folder { get; } = Path.Combine(Path.GetTempPath(), $"lakebaseops-dump-{Guid.NewGuid():N}");

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        Target = await Server.CreateDatabaseAsync(GetType().Name + "Target");
    }

    public override async ValueTask DisposeAsync()
    {
        if (Directory.Exists(Folder))
            Directory.Delete(Folder, recursive: true);
        string database = Target.Database;
        await Target.DisposeAsync();
        await Server.RemoveDatabaseAsync(database);
        await base.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    internal async Task<(RestoreResult Result, RecordingSink Sink)> CopyAsync(
        CopyDatabaseOptions? options = null, IDefinitionReader? reader = null, RestoreLimits? limits = null)
    {
        RecordingSink sink = await RecordingSink.RunAsync(
            new CopyDatabaseOperation(Session, options ?? new()) { Source = Target, Reader = reader ?? new CatalogDefinitionReader(), Limits = limits ?? new() }, Cancel);
        return (Assert.Single(sink.Of<RestoreResult>()), sink);
    }

    internal async Task<RestoreResult> ImportAsync(ImportDumpOptions? options = null)
    {
        RecordingSink sink = await RecordingSink.RunAsync(new ImportDumpOperation(Target, (options ?? new()) with { Path = Folder }), Cancel);
        return Assert.Single(sink.Of<RestoreResult>());
    }

    internal static async Task<(DumpResult Result, RecordingSink Sink)> ExportAsync(PostgresSession session, ExportDumpOptions options)
    {
        RecordingSink sink = await RecordingSink.RunAsync(new ExportDumpOperation(session, options), Cancel);
        return (Assert.Single(sink.Of<DumpResult>()), sink);
    }

    protected Task TargetAsync(string sql) => RunAsync(Target, sql);

    protected Task<T> TargetAsync<T>(string sql) => ReadAsync<T>(Target, sql);

    protected static async Task RunAsync(PostgresSession session, string sql)
    {
        await using NpgsqlCommand command = session.DataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancel);
    }

    protected static async Task<T> ReadAsync<T>(PostgresSession session, string sql)
    {
        await using NpgsqlCommand command = session.DataSource.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(Cancel))!;
    }
}
