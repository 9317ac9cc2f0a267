using LakebaseOps.Dumps.Folders;
using Npgsql;

namespace LakebaseOps.Tests.Dumps.Exporting;

/// <summary>Rows into a folder and back, whatever the tables look like.</summary>
public sealed class ExportTests(PostgresServer server) : DumpTest(server)
{
    private const string Tables =
        """
        CREATE SCHEMA "odd/schema"; CREATE TABLE "odd/schema"."it's ""A"" table" (id int, "a column" text);
        INSERT INTO "odd/schema"."it's ""A"" table" SELECT i, E'line\n"quoted", ' || i FROM generate_series(1, 2000) i;
        CREATE TABLE "odd/schema"."it's ""a"" table" (id int); INSERT INTO "odd/schema"."it's ""a"" table" VALUES (1);
        CREATE TABLE empty (id int, t text); CREATE TABLE nothing (); INSERT INTO nothing SELECT FROM generate_series(1, 7);
        CREATE TABLE big (id bigint, code text, x float8, n numeric, at timestamptz);
        INSERT INTO big SELECT i, md5(i::text), i / 3.0, 'NaN', 'infinity' FROM generate_series(1, 20000) i;
        CREATE TABLE toasted (id int, t text); ALTER TABLE toasted ALTER t SET STORAGE EXTERNAL;
        INSERT INTO toasted SELECT i, repeat(md5(i::text), 2000) FROM generate_series(1, 40) i; INSERT INTO toasted VALUES (0, NULL);
        CREATE TABLE parted (id int, t text) PARTITION BY RANGE (id);
        CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (100); CREATE TABLE parted_2 PARTITION OF parted DEFAULT;
        INSERT INTO parted SELECT i, 'p' || i FROM generate_series(1, 300) i;
        """;

    [Theory]
    [InlineData(DumpCompression.None)]
    [InlineData(DumpCompression.Gzip)]
    [InlineData(DumpCompression.Brotli)]
    [InlineData(DumpCompression.Zstd)]
    public async Task A_dump_holds_what_the_server_does(DumpCompression compression)
    {
        await ExecuteAsync(Tables);
        DumpResult result = await DumpAsync(Options with { Compression = compression });
        Assert.True(result.Consistent);
        DumpManifest manifest = await SameAsync();
        Assert.Equal(22349, result.Rows);
        Assert.Equal(7, manifest.Tables.Single(table => table.Name == "nothing").Rows);
        // Cut by pages, and by what lies behind them.
        Assert.True(manifest.Tables.Single(table => table.Name == "big").Chunks.Count > 5);
        Assert.Equal(compression == DumpCompression.None, result.StoredBytes == result.DataBytes);
    }

    [Fact]
    public async Task Transfers_while_it_is_dumped_leave_the_sum_as_it_was()
    {
        await ExecuteAsync(
            "CREATE TABLE a (id int PRIMARY KEY, n bigint); CREATE TABLE b (LIKE a INCLUDING ALL);"
            + "INSERT INTO a SELECT i, 1000 FROM generate_series(1, 5000) i; INSERT INTO b SELECT * FROM a");
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        TaskCompletionSource busy = new();
        Task storm = Task.Run(async () =>
        {
            await using NpgsqlConnection connection = await Session.OpenAsync(CancellationToken.None);
            for (int i = 0; !stop.IsCancellationRequested; i++)
            {
                await using NpgsqlCommand move = new($"UPDATE a SET n = n - {i % 7} WHERE id = {i % 5000 + 1}; UPDATE b SET n = n + {i % 7} WHERE id = {i * 7 % 5000 + 1}", connection);
                await move.ExecuteNonQueryAsync(CancellationToken.None);
                if (i == 20)
                    busy.SetResult();
            }
        }, Cancel);
        await busy.Task;
        await DumpAsync(Options with { DataFormat = DumpDataFormat.Csv, Compression = DumpCompression.None, ChunkBytes = 16 * 1024 });
        await stop.CancelAsync();
        await storm;
        long sum = Directory.EnumerateFiles(Folder, "*.csv", SearchOption.AllDirectories).SelectMany(File.ReadLines).Sum(line => long.Parse(line.Split(',')[1]));
        Assert.Equal(10_000_000, sum);
    }
}
