using System.Collections.Concurrent;
using System.Globalization;
using LakebaseOps.Latency;
using LakebaseOps.Latency.Auditing;
using LakebaseOps.Serving;
using Npgsql;

namespace LakebaseOps.Tests.Latency.Auditing;

[EachServer("pg_stat_io is there from 16 on.")]
public sealed class ServerAuditTests(PostgresServer server) : LatencyDatabaseTest(server)
{
    private bool HasIo => Session.ServerVersion.Major >= 16;

    [Fact]
    public async Task Blocks_of_a_cell_are_those_of_its_requests_and_of_nothing_else()
    {
        await ExecuteAsync("VACUUM ANALYZE");
        int depth = await IndexBlocksAsync();
        // Several connections, and blocks shorter than the second after which the server publishes counts by itself.
        LatencyResult result = await MeasureOneAsync(Options with { Clients = [3] });
        ServerLoad load = result.Server!;
        Assert.True(result.ResponsesAudited > 0);
        Assert.Equal(400 * 3, load.HeapHit + load.HeapRead);
        // What others do on the server can make each session forget what it keeps of each index, and read that page once more.
        Assert.InRange(load.IndexHit + load.IndexRead, 400 * 3 * depth, (400 * 3 * depth) + (3 * 3 * Tables.Length));
        Assert.Equal((result.BlocksHit, result.BlocksRead), (load.HeapHit + load.IndexHit, load.HeapRead + load.IndexRead));
        Assert.Equal((HasIo ? null : "not available before PostgreSQL 16", false), (load.IoMissing, load.WasReset));
        if (HasIo)
            Assert.True(Assert.Single(load.Io, io => io is { Process: "client backend", Target: "relation", Context: "normal" }).Hits >= load.HeapHit + load.IndexHit);
        else
            Assert.Empty(load.Io);
        Assert.True(load.WaitSamples > 0);
        Assert.True(result.Client is { HiccupSamples: > 0, ProcessCpuShare: > 0 });
    }

    [Fact]
    public async Task Vacuums_checkpoints_and_writes_between_two_readings_are_counted_and_nothing_is_reset()
    {
        await using NpgsqlConnection control = await Session.OpenAsync(Cancel);
        FeatureStatements statements = await FeatureStatements.ReadAsync(control, Options, [FeatureMode.Batch], Cancel);
        await using FeatureReaders readers = new([await FeaturePool.OpenAsync(Session, statements, 1, Cancel)]);
        ServerCounters counters = await ServerCounters.OfAsync(control, statements, Cancel);
        CellLoad load = new() { HasIo = counters.HasIo };
        IReadOnlyDictionary<string, long> before = await counters.ReadAsync(readers, Cancel);
        await using NpgsqlConnection other = await Session.OpenAsync(Cancel);
        foreach (string statement in new[] { "VACUUM card__rates", "ANALYZE card__good", "UPDATE card__times SET a = a + 1", "CHECKPOINT", "SELECT pg_stat_force_next_flush()" })
        {
            await using NpgsqlCommand command = new(statement, other);
            await command.ExecuteNonQueryAsync(Cancel);
        }

        load.Add(before, await counters.ReadAsync(readers, Cancel));
        ServerLoad seen = load.Server()!;
        Assert.Equal((1, 1), (seen.Vacuums, seen.Analyzes));
        Assert.True(seen is { Checkpoints: > 0, CheckpointBuffers: > 0, WasReset: false });
        Assert.True(seen.HeapHit + seen.HeapRead > 400, "an update of 400 rows");
        if (HasIo)
            Assert.Contains(seen.Io, io => io is { Context: "vacuum" } or { Process: "checkpointer", Writes: > 0 });
        Assert.Equal(0, await ScalarAsync<long>("SELECT count(stats_reset) FROM pg_stat_database WHERE datname = current_database()"));

        // Only another's reset makes a counter smaller.
        load.Add(new Dictionary<string, long> { ["heap hit"] = 10 }, new Dictionary<string, long> { ["heap hit"] = 4 });
        Assert.True(load.Server()!.WasReset);
    }

    [Fact]
    public async Task What_a_session_waits_for_is_seen_from_a_connection_beside_it()
    {
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        ConcurrentDictionary<string, long> seen = new();
        await using NpgsqlDataSource feature = Session.CreateDataSource(settings => settings.ApplicationName = FeaturePool.ApplicationName);
        await using NpgsqlConnection sleeper = await feature.OpenConnectionAsync(Cancel);
        await using NpgsqlConnection sampling = await Session.OpenAsync(Cancel);
        // Somebody else waits in another way, before the first look.
        await using NpgsqlConnection holder = await Session.OpenAsync(Cancel);
        await using NpgsqlCommand hold = new("SELECT pg_advisory_lock(1)", holder);
        await hold.ExecuteNonQueryAsync(Cancel);
        await using NpgsqlConnection waiter = await Session.OpenAsync(Cancel);
        await using NpgsqlCommand wait = new("SELECT pg_advisory_lock(1)", waiter);
        Task waiting = wait.ExecuteNonQueryAsync(end.Token);
        while (!await ScalarAsync<bool>("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory')"))
            Cancel.ThrowIfCancellationRequested();
        await using NpgsqlCommand sleep = new("SELECT pg_sleep(3600)", sleeper);
        Task sleeping = sleep.ExecuteNonQueryAsync(end.Token);
        Task<long> looking = new WaitSampler(sampling).RunAsync(seen, end.Token);
        while (!seen.ContainsKey("Timeout|PgSleep"))
        {
            Cancel.ThrowIfCancellationRequested();
            await Task.Delay(10, Cancel);
        }

        await end.CancelAsync();
        Assert.True(await looking > 0);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sleeping);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        // Sessions of anybody else are none of the measurement's; its own may have waited for a lock within the server on its way to sleep.
        Assert.DoesNotContain("Lock|advisory", seen.Keys);
    }

    /// <summary>Index blocks of one lookup by key, as the server counts them for a single statement.</summary>
    private async Task<int> IndexBlocksAsync()
    {
        await using NpgsqlConnection connection = await Session.OpenAsync(Cancel);
        List<int> blocks = [];
        foreach (string table in Tables)
        {
            await using NpgsqlCommand explain = new(
                $"SET enable_seqscan = off; EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT * FROM {table} WHERE hashkey = (SELECT hashkey FROM {table} OFFSET 7 LIMIT 1)", connection);
            // The first time also reads the index's own page of facts, which a session keeps.
            string plan = "";
            for (int twice = 0; twice < 2; twice++)
                plan = (string)(await explain.ExecuteScalarAsync(Cancel))!;
            using System.Text.Json.JsonDocument json = System.Text.Json.JsonDocument.Parse(plan);
            System.Text.Json.JsonElement node = json.RootElement[0].GetProperty("Plan");
            int Own(string name) => node.GetProperty(name).GetInt32() - node.GetProperty("Plans")[0].GetProperty(name).GetInt32();
            blocks.Add(Own("Shared Hit Blocks") + Own("Shared Read Blocks") - 1);
        }

        Assert.True(blocks.Distinct().Count() == 1, string.Join(", ", blocks.Select(one => one.ToString(CultureInfo.InvariantCulture))));
        return blocks[0];
    }
}
