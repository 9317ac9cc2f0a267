using LakebaseOps.Dumps.Exporting;

namespace LakebaseOps.Tests.Dumps.Exporting;

/// <summary>Any byte that has changed is found and its file named.</summary>
public sealed class TestDumpTests(PostgresServer server) : DumpTest(server)
{
    [Theory]
    [InlineData(DumpCompression.None, DumpDataFormat.Binary)]
    [InlineData(DumpCompression.Gzip, DumpDataFormat.Binary)]
    [InlineData(DumpCompression.Brotli, DumpDataFormat.Csv)]
    [InlineData(DumpCompression.Zstd, DumpDataFormat.Binary)]
    public async Task One_byte_of_any_file_is_noticed(DumpCompression compression, DumpDataFormat format)
    {
        await ExecuteAsync("CREATE TYPE mood AS ENUM ('fine'); CREATE TABLE rows (id int, t text, m mood[]); INSERT INTO rows SELECT i, md5(i::text), ARRAY['fine', NULL]::mood[] FROM generate_series(1, 50) i; CREATE TABLE empty ()");
        await DumpAsync(Options with { Compression = compression, DataFormat = format });
        DumpCheck whole = await CheckAsync();
        Assert.True(whole.IsWhole);
        Assert.Equal((50, 2, 7), (whole.Rows, whole.Tables, whole.Files));
        Random random = new(11);
        foreach (string file in Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories).ToList())
        {
            byte[] bytes = await File.ReadAllBytesAsync(file, Cancel);
            int step = Soak.IsOn ? 1 : Math.Max(1, bytes.Length / 12);
            for (int at = 0; at < bytes.Length; at += step)
            {
                byte[] damaged = [.. bytes];
                damaged[at] ^= (byte)(1 << random.Next(8));
                await File.WriteAllBytesAsync(file, damaged, Cancel);
                await NamedAsync(file);
            }

            await File.WriteAllBytesAsync(file, bytes[..^1], Cancel);
            await NamedAsync(file);
            await File.WriteAllBytesAsync(file, [.. bytes, 0], Cancel);
            await NamedAsync(file);
            File.Delete(file);
            if (Path.GetFileName(file) != "manifest.json")
                await NamedAsync(file);
            await File.WriteAllBytesAsync(file, bytes, Cancel);
        }

        string extra = Path.Combine(Folder, "data", "extra");
        await File.WriteAllTextAsync(extra, "", Cancel);
        await NamedAsync(extra);
        File.Delete(extra);
        Assert.True((await CheckAsync()).IsWhole);
    }

    [Fact]
    public async Task A_dump_is_described_and_what_is_none_is_an_error()
    {
        await ExecuteAsync("CREATE TABLE rows (id int); INSERT INTO rows VALUES (1), (2); CREATE TABLE others (id int)");
        await DumpAsync(Options);
        RecordingSink all = await RecordingSink.RunAsync(new GetDumpOperation(new GetDumpOptions { Path = [Path.GetTempPath(), Folder] }), Cancel);
        Assert.Equal(ErrorIds.DumpNotFound, Assert.Single(all.Errors).Id);
        DumpInfo info = Assert.Single(all.Of<DumpInfo>());
        Assert.Equal(["public.others", "public.rows"], info.Tables.Select(table => table.Table));
        Assert.Equal(Session.Database, info.Database);
        RecordingSink some = await RecordingSink.RunAsync(new GetDumpOperation(new GetDumpOptions { Path = [Folder], Table = ["row*"] }), Cancel);
        info = Assert.Single(some.Of<DumpInfo>());
        Assert.Equal((2, 1, 1), (info.Rows, info.Tables.Count, info.Objects.Count));
    }

    private async Task NamedAsync(string file)
    {
        DumpCheck check = await CheckAsync();
        Assert.False(check.IsWhole);
        Assert.Equal(Path.GetRelativePath(Folder, file), Assert.Single(check.Problems).File);
    }

    private async Task<DumpCheck> CheckAsync() =>
        Assert.Single((await RecordingSink.RunAsync(new TestDumpOperation(new TestDumpOptions { Path = [Folder] }), Cancel)).Of<DumpCheck>());
}
