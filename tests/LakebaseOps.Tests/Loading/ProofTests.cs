using LakebaseOps.Loading;

namespace LakebaseOps.Tests.Loading;

/// <summary>A load proves itself before its table is swapped in.</summary>
public sealed class ProofTests(PostgresServer server) : LoadTest(server)
{
    [Fact]
    public async Task The_content_is_read_back_as_it_was_sent()
    {
        await ExecuteAsync("CREATE TABLE t (id int PRIMARY KEY, v text)");
        BulkLoadOptions options = new() { Table = "t", Path = [Write("t.csv", ResumeTests.Rows(20_000))], ChunkBytes = 50_000, Proof = LoadProof.Content };

        BulkLoadResult result = await LoadAsync(options);

        Assert.Equal(("Content", 20_000L), (result.Proof, result.Rows));
        Assert.Contains(result.Phases, phase => phase.Phase == "Prove");
        Assert.Equal("Count", (await LoadAsync(options with { Proof = LoadProof.Count, Restart = true })).Proof);
    }

    [Fact]
    public async Task A_changed_row_is_never_swapped_in()
    {
        await ExecuteAsync("CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (-1, 'old')");
        BulkLoadOptions options = new() { Table = "t", Path = [Write("t.csv", ResumeTests.Rows(5_000))], Proof = LoadProof.Content };
        // Somebody changes one value, and keeps the number of rows, while the key is built.
        await ExecuteAsync(
            """
            CREATE FUNCTION meddle() RETURNS event_trigger LANGUAGE plpgsql AS $$
            DECLARE stage regclass := (SELECT oid FROM pg_class WHERE relname LIKE 't\_\_stg%' AND relkind = 'r');
            BEGIN
                IF stage IS NOT NULL THEN
                    EXECUTE format('UPDATE %s SET v = v || ''!'' WHERE id = 77', stage);
                END IF;
            END $$;
            CREATE EVENT TRIGGER meddle ON ddl_command_end WHEN TAG IN ('CREATE INDEX', 'ALTER TABLE') EXECUTE FUNCTION meddle();
            """);

        LakebaseError error = await RefusedAsync(options);

        Assert.Equal(ErrorIds.LoadNotVerified, error.Id);
        Assert.Equal(["(-1,old)"], await RowsAsync("t"));
    }

    [Fact]
    public async Task What_cannot_be_compared_is_said_before_it_begins()
    {
        await ExecuteAsync("CREATE TABLE t (id int, j jsonb); CREATE TABLE n (id int, n numeric(10,2)); CREATE TABLE a (id int)");

        Assert.Contains("column j (jsonb)", (await RefusedAsync(Options("t", "id,j\n"))).Message, StringComparison.Ordinal);
        Assert.Contains("column n (numeric(10,2))", (await RefusedAsync(Options("n", "id,n\n"))).Message, StringComparison.Ordinal);
        Assert.Contains("other rows", (await RefusedAsync(Options("a", "id\n") with { Mode = BulkLoadMode.Append })).Message, StringComparison.Ordinal);

        // Rows that the server read itself are noticed at the end; without the proof the same load goes on.
        LakebaseError late = await RefusedAsync(Options("a", "id\n1\n +2\n"));
        Assert.Equal(ErrorIds.LoadNotVerified, late.Id);
        BulkLoadResult result = await LoadAsync(Options("a", "id\n1\n +2\n") with { Proof = LoadProof.Count });
        Assert.Equal((2L, 1), (result.Rows, result.ResumedChunks));

        BulkLoadOptions Options(string table, string text) => new() { Table = table, Path = [Write($"{table}.csv", text)], Proof = LoadProof.Content };
    }

    [Fact]
    public async Task A_rate_holds_the_load_back()
    {
        await ExecuteAsync("CREATE TABLE t (id int PRIMARY KEY, v text)");
        string file = Write("t.csv", ResumeTests.Rows(20_000));
        long bytes = new FileInfo(file).Length;

        BulkLoadResult result = await LoadAsync(new BulkLoadOptions { Table = "t", Path = [file], ChunkBytes = 50_000, MaxBytesPerSecond = bytes * 2 });

        // The rate is a bound, whatever the machine: so many bytes cannot have been sent in less time.
        Assert.True(Assert.Single(result.Phases, phase => phase.Phase == "Load").Duration > TimeSpan.FromSeconds(0.4), result.Duration.ToString());
        Assert.Equal(20_000, result.Rows);
    }

    [EachServer("Slots are a view of the server.")]
    [Fact]
    public async Task A_slot_that_is_too_far_behind_pauses_the_load()
    {
        string slot = $"slot_{Session.Database}";
        await ExecuteAsync("CREATE TABLE t (id int PRIMARY KEY, v text)");
        await ExecuteAsync($"SELECT pg_create_physical_replication_slot('{slot}', true)");
        try
        {
            TaskCompletionSource paused = new();
            RecordingSink sink = new()
            {
                OnProgress = progress =>
                {
                    if (progress.Status.Contains($"slot {slot}", StringComparison.Ordinal))
                        paused.TrySetResult();
                },
            };
            Task load = new BulkLoadOperation(Session, new BulkLoadOptions
            {
                Table = "t", Path = [Write("t.csv", ResumeTests.Rows(30_000))], ChunkBytes = 100_000, MaxWalLag = 100_000, SkipVacuum = true,
            }).RunAsync(sink, Cancel);
            await await Task.WhenAny(paused.Task, load);
            Assert.False(load.IsCompleted);

            while (!load.IsCompleted)
                await ExecuteAsync($"SELECT pg_replication_slot_advance('{slot}', pg_current_wal_lsn())");
            await load;
            Assert.Equal(30_000, await ScalarAsync<long>("SELECT count(*) FROM t"));
            Assert.Contains(sink.Warnings, warning => warning.Contains("-MaxWalLag", StringComparison.Ordinal));
        }
        finally
        {
            await ExecuteAsync($"SELECT pg_drop_replication_slot('{slot}')");
        }
    }

    [Fact]
    public async Task Chunks_are_listed_when_asked_for()
    {
        await ExecuteAsync("CREATE TABLE t (id int)");
        string file = Write("t.csv", "id\n" + string.Concat(Enumerable.Range(0, 100).Select(i => $"{i}\n")) + "x\n");
        await RefusedAsync(new BulkLoadOptions { Table = "t", Path = [file], ChunkBytes = 50, ThrottleLimit = 1 });

        LakebaseCheckpoint plain = Assert.Single((await RecordingSink.RunAsync(
            new LakebaseOps.Loading.Ledger.GetCheckpointOperation(Session, new GetCheckpointOptions()), Cancel)).Of<LakebaseCheckpoint>());
        LakebaseCheckpoint checkpoint = Assert.Single((await RecordingSink.RunAsync(
            new LakebaseOps.Loading.Ledger.GetCheckpointOperation(Session, new GetCheckpointOptions { Chunk = true }), Cancel)).Of<LakebaseCheckpoint>());

        Assert.Empty(plain.Chunks);
        Assert.Equal(checkpoint.ChunksDone, checkpoint.Chunks.Count(chunk => chunk is { Status: "Loaded", Encoding: "Binary", LoadedAt: not null, Rows: > 0 }));
        Assert.Contains(checkpoint.Chunks, chunk => chunk is { Status: "Pending", Rows: 0, Loader: null });
        Assert.Equal(checkpoint.Chunks.Skip(1).Select(chunk => chunk.From), checkpoint.Chunks.SkipLast(1).Select(chunk => chunk.To));
        Assert.All(checkpoint.Chunks.Where(chunk => chunk.Status == "Loaded"), chunk =>
            Assert.Equal($"{Environment.MachineName}/{Environment.ProcessId}", chunk.Loader));
    }
}
