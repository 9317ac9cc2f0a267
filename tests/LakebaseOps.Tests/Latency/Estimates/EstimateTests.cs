namespace LakebaseOps.Tests.Latency.Estimates;

public sealed class EstimateTests(PostgresServer server) : LatencyDatabaseTest(server)
{
    [Fact]
    public async Task Without_the_extension_the_result_says_so_and_estimates_by_probe_and_EXPLAIN()
    {
        await InstallAsync();
        MeasureFeatureLatencyOptions options = Options with { Mode = Enum.GetValues<FeatureMode>(), Requests = 20, WarmUpLimit = 20 };
        foreach (LatencyResult result in await MeasureAsync(options))
        {
            Assert.Equal(["Network", "Server", "Server"], result.Estimates.Select(estimate => estimate.Name));
            (LatencyEstimate network, LatencyEstimate counted, LatencyEstimate explained) = (result.Estimates[0], result.Estimates[1], result.Estimates[2]);
            Assert.Equal(result.RoundTripsPerRequest * result.FloorP50Ms * 1_000, network.MeanUs!.Value, tolerance: 1e-6);
            Assert.StartsWith(result.Mode == FeatureMode.Serial ? "3 round trips" : "1 round trip of", network.Source, StringComparison.Ordinal);
            Assert.Equal((null, null), (counted.MeanUs, counted.Share));
            Assert.Contains("pg_stat_statements is not installed", counted.Source, StringComparison.Ordinal);
            Assert.True(explained.MeanUs > 0 && explained.Share > 0);
            // An index page and a heap page of each table at least; of the wide one alone in mode Wide.
            Assert.True(Blocks(explained) >= (result.Mode == FeatureMode.Wide ? 2 : 6), explained.Source);
        }
    }

    [Fact]
    public async Task The_server_counts_the_statements_of_the_timed_blocks_and_no_others()
    {
        await InstallAsync();
        await ExecuteAsync("CREATE SCHEMA \"Statistics\"; CREATE EXTENSION pg_stat_statements SCHEMA \"Statistics\"");
        IReadOnlyList<LatencyResult> results = await MeasureAsync(Options with
        {
            Mode = [FeatureMode.Serial, FeatureMode.Batch, FeatureMode.Union, FeatureMode.Rpc], Requests = 300,
        });
        Assert.Equal(4, results.Count);
        foreach (LatencyResult result in results)
        {
            // Serial and Batch send the same statements, in turns, and each is told its own.
            LatencyEstimate counted = result.Estimates[1];
            // Rpc calls a function for each shape of tables, and what that does within is not counted again.
            int calls = result.Mode switch { FeatureMode.Union => 1, FeatureMode.Rpc => 2, _ => 3 };
            Assert.StartsWith($"{result.Mode} pg_stat_statements: {calls * 300:#,0} calls in the timed blocks, {calls} a request", $"{result.Mode} {counted.Source}", StringComparison.Ordinal);
            // One client sends nothing while it waits: the server cannot have worked longer than it waited.
            Assert.InRange(counted.Share!.Value, 1e-6, 1);
            Assert.Equal(counted.MeanUs!.Value, counted.Share.Value * result.MeanMs * 1_000, tolerance: 1e-3);
        }

        // There, but of no use.
        await ExecuteAsync("ALTER FUNCTION \"Statistics\".pg_stat_statements(boolean) RENAME TO gone");
        LatencyEstimate refused = (await MeasureOneAsync(Options with { Requests = 20 })).Estimates[1];
        Assert.Null(refused.MeanUs);
        Assert.Contains("does not answer", refused.Source, StringComparison.Ordinal);
        Assert.Contains("42883", refused.Source, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("text", "'it''s \\ ' || g")]
    [InlineData("char(20)", "'k' || g")]
    [InlineData("smallint", "g")]
    [InlineData("uuid", "md5(g::text)::uuid")]
    [InlineData("bytea", "decode(md5(g::text), 'hex')")]
    public async Task Statements_are_explained_with_keys_of_every_type(string type, string key)
    {
        await ExecuteAsync($"CREATE TABLE odd (id {type} PRIMARY KEY, v int); INSERT INTO odd SELECT {key}, g FROM generate_series(1, 300) g; ANALYZE odd");
        LatencyResult result = await MeasureOneAsync(Options with { Table = ["odd"], Entity = [], Requests = 20, WarmUpLimit = 0 });
        Assert.Equal((20, 1), (result.RowsVerified, result.HitShare));
        // A key that was not found touches the index alone.
        Assert.True(Blocks(result.Estimates[2]) >= 2, result.Estimates[2].Source);
    }

    private static double Blocks(LatencyEstimate estimate)
    {
        string[] words = estimate.Source.Split(' ');
        return double.Parse(words[Array.IndexOf(words, "blocks") - 1], System.Globalization.CultureInfo.InvariantCulture);
    }
}
