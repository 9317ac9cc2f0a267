using System.Globalization;
using LakebaseOps.Schemas;
using LakebaseOps.Synthesis;
using Npgsql;

namespace LakebaseOps.Tests.Loading.Faults;

/// <summary>Memory does not grow with the input: 256 MB are enough for 5 GB of CSV, which is what the soak loads.</summary>
public sealed class MemoryTests(PostgresServer server) : LoadTest(server)
{
    private const long Most = 256L * 1024 * 1024;

    [Fact]
    public async Task Loading_a_large_file_takes_a_fixed_amount_of_memory()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux tells the most memory that another process has had.");
        await ExecuteAsync("CREATE TABLE t (id text, a text, b text, n bigint, x double precision, y double precision, at timestamptz)");
        // About 125 bytes each: 25 MB in the suite, 5 GB in a soak.
        int rows = Soak.Cases(200_000, 41_000_000);
        TableDefinition table;
        await using (NpgsqlConnection connection = await Session.OpenAsync(Cancel))
            table = await TableCatalog.ReadAsync(connection, new TableName("public", "t"), Cancel);
        await RecordingSink.RunAsync(
            new NewSyntheticDataOperation(new NewSyntheticDataOptions { Definition = [table], Path = Folder, Rows = rows, Seed = 1 }), Cancel);
        string file = Directory.GetFiles(Folder, "*.csv").Single();

        using RunnerProcess process = RunnerProcess.StartLoad(
            new BulkLoadOptions { Table = "t", Path = [file], SkipVacuum = true }, Server.ConnectionString(Session.Database), Folder);
        long memory = 0;
        while (!process.HasExited)
        {
            memory = Math.Max(memory, HighWater(process.Id));
            await Task.Delay(50, Cancel);
        }

        (int code, string text) = await process.EndAsync(Cancel);
        Assert.True(code == 0, text);
        Assert.Equal(rows, await ScalarAsync<long>("SELECT count(*) FROM t"));
        string figure = string.Create(CultureInfo.InvariantCulture,
            $"{memory / 1048576.0:N0} MB at most to load a file of {new FileInfo(file).Length / 1e6:N0} MB with {rows:N0} rows");
        TestContext.Current.TestOutputHelper?.WriteLine(figure);
        Soak.Say(figure);
        Assert.InRange(memory, 1, Most);
    }

    /// <summary>The most resident memory a process has ever had; 0 when it is gone.</summary>
    private static long HighWater(int process)
    {
        try
        {
            string line = File.ReadLines($"/proc/{process}/status").First(text => text.StartsWith("VmHWM:", StringComparison.Ordinal));
            return long.Parse(line.AsSpan(6, line.Length - 9), NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture) * 1024;
        }
        catch (Exception gone) when (gone is IOException or InvalidOperationException)
        {
            return 0;
        }
    }
}
