using LakebaseOps.Loading.Ledger;
using LakebaseOps.Schemas;
using LakebaseOps.Synthesis;
using Npgsql;

namespace LakebaseOps.Tests.Loading.Faults;

/// <summary>Two processes load one table together, and one of them is killed.</summary>
public sealed class SeveralProcessesTests(PostgresServer server) : LoadTest(server)
{
    private const string Content = "SELECT count(*) || ' ' || count(DISTINCT id) || ' ' || sum(hash_record_extended(t, 0)) FROM {0} t";

    /// <summary>Each chunk takes its time, so that nobody has done all of them before the other comes, however slow the machine.</summary>
    private const string Brake =
        """
        CREATE TABLE braked AS SELECT 1;
        CREATE FUNCTION brake() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.4) FROM public.braked; RETURN new; END $$;
        CREATE TRIGGER brake BEFORE INSERT ON lakebase_ops.load_chunk FOR EACH ROW EXECUTE FUNCTION public.brake()
        """;

    private static int RowCount => Soak.Cases(60_000, 10_000_000);

    public static TheoryData<string, bool> Cases => Soak.IsOn
        ? new() { { "generator", true }, { "generator", false }, { "file", true }, { "file", false } }
        : new() { { "generator", false }, { "file", true } };

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Whoever_dies_the_other_ends_with_exactly_the_rows(string input, bool leaderDies)
    {
        await ExecuteAsync(
            """
            CREATE TABLE t (id bigint PRIMARY KEY, token uuid, n int, x double precision, at timestamptz);
            CREATE TABLE expected (LIKE t)
            """);
        string file = await WriteAsync();
        BulkLoadOptions options = new() { Table = "t", ThrottleLimit = 2, ChunkRows = RowCount / 200, ChunkBytes = (int)(new FileInfo(file).Length / 200) };
        options = input == "file" ? options with { Path = [file] } : options with { Synthetic = true, Rows = RowCount, Seed = 1 };

        await using (NpgsqlConnection connection = await Session.OpenAsync(Cancel))
            await LedgerSchema.EnsureAsync(connection, Cancel);
        await ExecuteAsync(Brake);

        using RunnerProcess leader = Start(options);
        await UntilAsync("SELECT count(*) > 0 FROM lakebase_ops.load_chunk", leader);
        using RunnerProcess joiner = Start(options);
        await UntilAsync("SELECT count(*) = 2 FROM (SELECT loader FROM lakebase_ops.load_chunk GROUP BY loader HAVING count(*) > 2) loaders", leader, joiner);
        (RunnerProcess victim, RunnerProcess survivor) = leaderDies ? (leader, joiner) : (joiner, leader);
        victim.Kill();
        long before = await ScalarAsync<long>("SELECT count(*) FROM lakebase_ops.load_chunk");
        await ExecuteAsync("DELETE FROM braked");
        (int code, string text) = await survivor.EndAsync(Cancel);

        Assert.True(code == 0, text);
        Assert.Equal(
            await ScalarAsync<string>(Content.Replace("{0}", "expected", StringComparison.Ordinal)),
            await ScalarAsync<string>(Content.Replace("{0}", "t", StringComparison.Ordinal)));
        Assert.InRange(before, 1, await ScalarAsync<long>("SELECT count(*) FROM lakebase_ops.load_chunk") - 1);
        Assert.Equal(1L, await ScalarAsync<long>("SELECT count(*) FROM lakebase_ops.load_table WHERE status = 'Loaded'"));
        Assert.Equal((long)RowCount, await ScalarAsync<long>("SELECT sum(rows)::bigint FROM lakebase_ops.load_chunk"));
        Assert.True(await ScalarAsync<bool>(ScheduleRun.RangesSql));
        Assert.Equal(0, await StrayRelationsAsync());
    }

    private RunnerProcess Start(BulkLoadOptions options) => RunnerProcess.StartLoad(options, Server.ConnectionString(Session.Database), Folder);

    /// <summary>Waits for something that the ledger will show while all of the processes still run.</summary>
    private async Task UntilAsync(string sql, params RunnerProcess[] processes)
    {
        while (!await ScalarAsync<bool>(sql))
        {
            foreach (RunnerProcess process in processes)
            {
                if (process.HasExited)
                    Assert.Fail($"A process ended too early: {await process.EndAsync(Cancel)}");
            }

            // Whoever asks without a pause takes the processor from what he waits for.
            await Task.Delay(5, Cancel);
        }
    }

    /// <summary>The generator's rows as a file, which the server reads by itself into the table "expected".</summary>
    private async Task<string> WriteAsync()
    {
        TableDefinition table;
        await using (NpgsqlConnection connection = await Session.OpenAsync(Cancel))
            table = await TableCatalog.ReadAsync(connection, new TableName("public", "t"), Cancel);
        await RecordingSink.RunAsync(
            new NewSyntheticDataOperation(new NewSyntheticDataOptions { Definition = [table], Path = Folder, Rows = RowCount, Seed = 1 }), Cancel);
        string file = Directory.GetFiles(Folder, "*.csv").Single();
        await using (NpgsqlConnection connection = await Session.OpenAsync(Cancel))
        {
            await using NpgsqlCopyTextWriter copy = await connection.BeginTextImportAsync("COPY expected FROM STDIN (FORMAT csv, HEADER)", Cancel);
            await using FileStream stream = File.OpenRead(file);
            await stream.CopyToAsync(copy.BaseStream, Cancel);
        }

        return file;
    }
}
