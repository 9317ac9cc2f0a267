using LakebaseOps.Connections;
using LakebaseOps.Dumps.Exporting;
using LakebaseOps.Dumps.Folders;
using LakebaseOps.Dumps.Restoring;
using LakebaseOps.Loading.Wire;
using LakebaseOps.Tests.Dumps.Restoring;
using Npgsql;

namespace LakebaseOps.Tests.Dumps.Exporting;

/// <summary>Hashes of tables whose binary rows name types of their own server.</summary>
public sealed class MaskTests(PostgresServer server) : RestoreTest(server)
{
    [Fact]
    public async Task A_manifests_hash_is_the_same_on_every_server_and_dumps_of_the_first_format_are_read()
    {
        await ExecuteAsync(
            """
            CREATE TYPE mood AS ENUM ('fine', 'bad'); CREATE TYPE pair AS (n integer, m mood[]); CREATE DOMAIN moods AS mood[];
            CREATE TABLE t (id integer, a mood[], b moods, c pair, d pair[], e integer[]);
            INSERT INTO t SELECT g, ARRAY['fine', NULL, 'bad']::mood[], '{}', ROW(g, '{bad}')::pair, ARRAY[ROW(g, NULL)::pair, NULL, ROW(NULL, '{{fine},{bad}}')::pair], '{1}' FROM generate_series(1, 100) g;
            INSERT INTO t VALUES (101); CREATE TABLE plain AS SELECT id, e FROM t
            """);
        DumpManifest first = await DumpAsync(Session, Folder);
        ManifestTable table = first.Tables.Single(one => one.Name == "t");
        Assert.Equal(["", "[]", "[]", "(,[])", "[(,[])]", ""], table.Masks);
        await ImportAsync();
        DumpManifest again = await DumpAsync(Target, Path.Combine(Folder, "again"));
        Assert.Equal(first.Tables.Select(one => (one.Name, one.Hash, one.Masks?.Count)), again.Tables.Select(one => (one.Name, one.Hash, one.Masks?.Count)));
        Assert.Equal(2, first.Version);
        Directory.Delete(Path.Combine(Folder, "again"), recursive: true);

        // As it was written before there were masks.
        await using (NpgsqlConnection connection = await Session.OpenAsync(Cancel))
        {
            string hash = (await ContentReader.ReadAsync(connection, new TableName("public", "t"), table.Columns, Cancel)).Hash;
            Assert.NotEqual(table.Hash, hash);
            ManifestTable old = table with { Masks = null, Hash = hash, Chunks = [Assert.Single(table.Chunks) with { Hash = hash }] };
            DumpManifest former = first with { Version = 1, Tables = [.. first.Tables.Select(one => one == table ? old : one)] };
            await File.WriteAllBytesAsync(Path.Combine(Folder, ManifestText.FileName), ManifestText.Write(former), Cancel);
        }

        DumpCheck check = Assert.Single((await RecordingSink.RunAsync(new TestDumpOperation(new TestDumpOptions { Path = [Folder] }), Cancel)).Of<DumpCheck>());
        Assert.True(check.IsWhole, string.Join('\n', check.Problems));
        Assert.Equal(202, (await ImportAsync()).Rows);
        // What needs none is written as before.
        await ExecuteAsync("DROP TABLE t");
        Assert.Equal(1, (await DumpAsync(Session, Path.Combine(Folder, "plain"))).Version);
    }

    [Fact]
    public void A_mask_is_the_same_again_as_text()
    {
        string[] texts = ["", "[]", "(,[(,)],)", "[()]"];
        Assert.Equal(texts, OidMask.Of(texts)!.Texts);
    }

    private static async Task<DumpManifest> DumpAsync(PostgresSession session, string folder)
    {
        await ExportAsync(session, new() { Path = folder });
        return (await DumpFolder.OpenAsync(folder, Cancel)).Manifest;
    }
}
