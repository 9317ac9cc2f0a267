using LakebaseOps.Dumps.Exporting;
using LakebaseOps.Dumps.Folders;
using LakebaseOps.Loading.Wire;
using LakebaseOps.Operations;
using Npgsql;

namespace LakebaseOps.Tests.Dumps.Exporting;

/// <summary>Base of tests that dump their database into a folder.</summary>
public abstract class DumpTest(PostgresServer server) : DatabaseTest(server)
{
    protected string Folder { get; } = Path.Combine(Path.GetTempPath(), $"lakebaseops-dump-{Guid.NewGuid():N}");

    internal ExportDumpOptions Options => new() { Path = Folder, ChunkBytes = 64 * 1024, ThrottleLimit = 2 };

    public override async ValueTask DisposeAsync()
    {
        if (Directory.Exists(Folder))
            Directory.Delete(Folder, recursive: true);
        await base.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    internal ExportDumpOperation Operation(ExportDumpOptions options, Func<Stream, Stream>? through = null) =>
        new(Session, options) { Reader = new TablesOnlyReader(), Through = through };

    internal async Task<DumpResult> DumpAsync(ExportDumpOptions options) =>
        Assert.Single((await RecordingSink.RunAsync(Operation(options), Cancel)).Of<DumpResult>());

    /// <summary>Every table of the dump holds what the server does, and every chunk reads to its end.</summary>
    internal async Task<DumpManifest> SameAsync()
    {
        DumpFolder folder = await DumpFolder.OpenAsync(Folder, Cancel);
        await using NpgsqlConnection connection = await Session.OpenAsync(Cancel);
        foreach (ManifestTable table in folder.Manifest.Tables)
        {
            if (table.Columns.Count > 0)
                Assert.Equal(await ContentReader.ReadAsync(connection, new TableName(table.Schema, table.Name), table.Columns, Cancel), (table.Rows, table.Hash));
            foreach (ManifestChunk chunk in table.Chunks)
            {
                await using Stream rows = await folder.OpenAsync(table, chunk, Cancel);
                await rows.CopyToAsync(Stream.Null, Cancel);
            }
        }

        return folder.Manifest;
    }
}
