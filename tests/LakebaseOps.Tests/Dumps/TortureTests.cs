using LakebaseOps.Connections;
using LakebaseOps.Dumps.Folders;
using LakebaseOps.Sandboxes;
using LakebaseOps.Tests.Dumps.Restoring;

namespace LakebaseOps.Tests.Dumps;

/// <summary>
/// A database with one of everything goes there and back again: dumped, restored and copied within the version of the run, which is
/// 15 → 15 and, in the run on PostgreSQL 17, 17 → 17; and copied to the newest version that is installed, 15 → 17.
/// </summary>
[EachServer("Every kind of definition is read from the server's catalogs.")]
public sealed class TortureTests(PostgresServer server) : RestoreTest(server)
{
    [Fact]
    public async Task A_dump_makes_the_same_database_again_which_dumps_alike()
    {
        await TortureSchema.CreateAsync(Session, Cancel);
        await ExportAsync(Session, new() { Path = Folder, ChunkBytes = 64 * 1024 });
        await ImportAsync();
        await AssertSameAsync(Target);
        // A second time, in the place of the first.
        await ImportAsync();
        await AssertSameAsync(Target);
        string again = Path.Combine(Folder, "again");
        await ExportAsync(Target, new() { Path = again, ChunkBytes = 64 * 1024 });
        DumpManifest[] both = [(await DumpFolder.OpenAsync(Folder, Cancel)).Manifest, (await DumpFolder.OpenAsync(again, Cancel)).Manifest];
        Assert.Equal(both[0].Objects.Select(Told), both[1].Objects.Select(Told));
        Assert.Equal(both[0].Tables.Select(Rows), both[1].Tables.Select(Rows));
        static string Told(ManifestObject one) => $"{one.Section} {one.Kind} {one.Schema}.{one.Name} {one.OwnerSql} {one.Length}";
        static string Rows(ManifestTable table) => $"{table.Schema}.{table.Name} {string.Join(' ', table.Types)} {table.Rows} {table.Hash}";
    }

    [Fact]
    public async Task A_copy_is_the_same_database_again_also_in_the_place_of_another()
    {
        await TortureSchema.CreateAsync(Session, Cancel);
        await CopyAsync();
        await AssertSameAsync(Target);
        await CopyAsync();
        await AssertSameAsync(Target);
    }

    [Fact]
    public async Task A_newer_server_takes_it_whole()
    {
        int? version = await NewerVersionAsync();
        Assert.SkipUnless(version is not null, "No newer server is installed here: nothing is copied between versions.");
        string parent = Directory.CreateTempSubdirectory("lakebase-torture-").FullName;
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(parent, (UnixFileMode)0b111_101_101);
        LakebaseSandbox sandbox = await SandboxServer.StartAsync(new StartSandboxOptions { Name = "newer", Path = parent, Version = version, Ephemeral = true }, Cancel);
        PostgresSession old = Target;
        try
        {
            await using PostgresSession newer = await SessionFactory.ConnectAsync(SandboxConnection.Options(sandbox), Cancel);
            await TortureSchema.CreateAsync(Session, Cancel);
            await TortureSchema.CreateRolesAsync(newer, Cancel);
            Target = newer;
            await CopyAsync();
            Assert.Equal(await DatabaseContent.RowsAsync(Session, Cancel), await DatabaseContent.RowsAsync(newer, Cancel));
        }
        finally
        {
            Target = old;
            await SandboxServer.StopAsync(new SandboxOptions { Name = "newer", Path = parent, RemoveData = true }, CancellationToken.None);
            Directory.Delete(parent, recursive: true);
        }
    }

    private async Task AssertSameAsync(PostgresSession other)
    {
        Assert.Equal(await DatabaseContent.RowsAsync(Session, Cancel), await DatabaseContent.RowsAsync(other, Cancel));
        Assert.Equal(await DatabaseContent.DefinitionAsync(Session, Cancel), await DatabaseContent.DefinitionAsync(other, Cancel));
    }

    private async Task<int?> NewerVersionAsync()
    {
        foreach (int version in (int[])[18, 17, 16])
        {
            try
            {
                if (version > Session.ServerVersion.Major)
                    return (await PostgresBinaries.FindAsync(null, version, Cancel)).Version.Major;
            }
            catch (LakebaseException)
            {
                // Not that one.
            }
        }

        return null;
    }
}
