using LakebaseOps.Caching;
using LakebaseOps.Connections;
using LakebaseOps.Latency;
using Npgsql;

namespace LakebaseOps.Tests.Latency.Temperature;

/// <summary>On a server of its own: to empty its cache does nothing to other tests.</summary>
public sealed class CacheStateTests : OwnServerTest
{
    [Fact]
    public async Task Hot_mixed_and_cold_cells_show_the_state_they_are_labelled_with()
    {
        await ExecuteAsync("CREATE TABLE wide_rows (id bigint PRIMARY KEY, v text); INSERT INTO wide_rows SELECT g, repeat('x', 400) FROM generate_series(1, 12000) g; VACUUM ANALYZE wide_rows");
        RecordingSink sink = await RecordingSink.RunAsync(new MeasureFeatureLatencyOperation(Session, new MeasureFeatureLatencyOptions
        {
            Table = ["wide_rows"], Requests = Soak.Cases(400, 800), WarmUpLimit = 50, CacheState = [CacheTemperature.Hot, CacheTemperature.Mixed, CacheTemperature.Cold],
            // Twice the same shows in a soak that cold cells agree as well; each takes a while to be made cold.
            Mode = Soak.IsOn ? [FeatureMode.Batch, FeatureMode.Batch] : [FeatureMode.Batch],
        }), Cancel);
        IReadOnlyList<LatencyResult> cells = sink.Of<LatencyResult>();
        string[] states = ["Uniform, hot", "Uniform, mixed", "Uniform, cold"];
        Assert.Equal(Soak.IsOn ? states.SelectMany(state => new[] { state, state }) : states, cells.Select(cell => cell.Distribution));
        Assert.Equal(cells.Count, cells.Select(cell => cell.Tag).Distinct().Count());
        foreach (LatencyResult cell in cells)
        {
            CacheEvidence cache = cell.Cache!;
            Assert.Equal("pg_buffercache", cache.Evidence);
            // A slow machine cuts some of the eight blocks short, and needs more of them.
            Assert.True(cache.Temperature == CacheTemperature.Hot ? cache.Times == 1 : cache.Times >= 8, $"{cache.Times}");
            Assert.Equal((null, 0), (cell.InvalidReason, cell.WrongResponses));
            ServerLoad load = cell.Server!;
            switch (cache.Temperature)
            {
                case CacheTemperature.Hot:
                    Assert.True(cache.LeastResident > 0.98, $"{cache.LeastResident}");
                    Assert.Equal((0, 0), (load.HeapRead, load.IndexRead));
                    break;
                case CacheTemperature.Mixed:
                    Assert.InRange(cache.LeastResident!.Value, 0.4, 0.5);
                    Assert.InRange(cache.MostResident!.Value, 0.4, 0.5);
                    // Keys of the second half are read from outside, those of the first are not.
                    Assert.InRange(load.HeapRead, cell.Requests / 4, cell.Requests * 3 / 4);
                    break;
                default:
                    Assert.Equal((0, 0), (cache.LeastResident, cache.MostResident));
                    // Fifty rows in six hundred pages: few of a block's requests meet on a page.
                    Assert.InRange(load.HeapRead, cell.Requests * 7 / 8, cell.Requests);
                    Assert.True(load.IndexRead >= 8 * 2, $"{load.IndexRead}");
                    if (OperatingSystem.IsLinux())
                        Assert.Equal("dropped for 2 files", cache.FileCache);
                    break;
            }
        }

        if (Soak.IsOn)
        {
            RecordingSink same = await RecordingSink.RunAsync(new CompareLatencyOperation(new CompareLatencyOptions
            {
                InputObject = new RunRecord { Id = "twice", Latencies = cells }, BaselineMode = FeatureMode.Batch, Percentile = [50],
            }), Cancel);
            Assert.Equal(states, same.Of<LatencyComparison>().Select(one => one.Distribution));
            // The order favours none: what the intervals leave open holds "no difference".
            Assert.All(same.Of<LatencyComparison>(), one => Assert.True(
                one.Percentiles[0].RatioLow <= 1.03 && one.Percentiles[0].RatioHigh >= 1 / 1.03, $"{one.Distribution}: {one.Reason}"));
        }

        Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM pg_class WHERE relname LIKE 'lakebase_filler%'"));
        Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM pg_extension WHERE extname IN ('pg_buffercache', 'pg_prewarm')"));
    }

    [Fact]
    public async Task A_server_that_is_no_sandbox_or_is_not_known_to_be_one_keeps_its_cache()
    {
        await ExecuteAsync("CREATE ROLE reader LOGIN PASSWORD 'reader'; CREATE TABLE few (id bigint PRIMARY KEY); INSERT INTO few SELECT generate_series(1, 10); ANALYZE few; GRANT SELECT ON few TO reader");
        await using PostgresSession reader = await SessionFactory.ConnectAsync(new ConnectionOptions
        {
            ConnectionString = $"Host={Session.Host};Port={Session.Port};Database=postgres;Username=reader;Password=reader",
        }, Cancel);
        foreach (CacheTemperature state in new[] { CacheTemperature.Mixed, CacheTemperature.Cold })
        {
            LakebaseException refused = await Assert.ThrowsAsync<LakebaseException>(() => RecordingSink.RunAsync(
                new MeasureFeatureLatencyOperation(reader, new MeasureFeatureLatencyOptions { Table = ["few"], CacheState = [state] }), Cancel));
            Assert.Equal(ErrorIds.SandboxRequired, refused.Error.Id);
        }

        // To make a cache hot harms nobody; what cannot be seen is not claimed.
        LatencyResult hot = Assert.Single((await RecordingSink.RunAsync(
            new MeasureFeatureLatencyOperation(reader, new MeasureFeatureLatencyOptions { Table = ["few"], Requests = 100, WarmUpLimit = 20, CacheState = [CacheTemperature.Hot] }), Cancel)).Of<LatencyResult>());
        Assert.Null(hot.Cache!.LeastResident);
        Assert.Contains("what lay in the cache is not proved", hot.Trust, StringComparison.Ordinal);

        // A folder that looks like a sandbox's is none when it names another port.
        await using NpgsqlConnection connection = await Session.OpenAsync(Cancel);
        Assert.NotNull(await SandboxFiles.OfAsync(Session, connection, "", Cancel));
        string record = Path.Combine(Sandbox.Path, "sandbox.json");
        string text = await File.ReadAllTextAsync(record, Cancel);
        await File.WriteAllTextAsync(record, text.Replace($"\"Port\": {Sandbox.Port}", "\"Port\": 1", StringComparison.Ordinal), Cancel);
        Assert.Equal(ErrorIds.SandboxRequired, (await Assert.ThrowsAsync<LakebaseException>(() => SandboxFiles.OfAsync(Session, connection, "", Cancel))).Error.Id);
        await File.WriteAllTextAsync(record, text, Cancel);
    }
}
