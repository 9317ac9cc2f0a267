using LakebaseOps.Latency;
using LakebaseOps.Workflows;

namespace LakebaseOps.Tests.Latency;

public sealed class MeasureFeatureLatencyTests(PostgresServer server) : LatencyDatabaseTest(server)
{
    [Fact]
    public async Task Every_mode_distribution_and_number_of_clients_gives_one_sound_result()
    {
        await InstallAsync();
        // Every mode with either number of clients, and two modes with the other distributions.
        MeasureFeatureLatencyOptions all = Options with { Mode = Enum.GetValues<FeatureMode>(), Clients = [1, 3], SlaP99Ms = 1e9 };
        IReadOnlyList<LatencyResult> results =
        [
            .. await MeasureAsync(all),
            .. await MeasureAsync(all with { Mode = [FeatureMode.Batch, FeatureMode.Rpc], Distribution = [KeyDistribution.Zipf, KeyDistribution.HotCold], Clients = [3] }),
        ];

        int cells = (Enum.GetValues<FeatureMode>().Length * 2) + 4;
        Assert.Equal(cells, results.Count);
        Assert.Equal(cells, results.Select(result => (result.Mode, result.Distribution, result.Clients)).Distinct().Count());
        foreach (LatencyResult result in results)
        {
            Assert.Equal((400, 0, 0), (result.Requests, result.Errors, result.WrongResponses));
            Assert.Equal(result.Mode == FeatureMode.Serial ? 3 : 1, result.RoundTripsPerRequest);
            Assert.Equal(3, result.Tables);
            Assert.Equal((1, 400 * 3), (result.HitShare, result.RowsVerified));
            Assert.True(result.ResponsesAudited > 0);
            Assert.True(result.BlocksHit >= (result.Mode == FeatureMode.Wide ? result.Requests : result.RowsVerified), $"{result.BlocksHit} blocks for {result.RowsVerified} rows");
            Assert.True(result.LargestResidualUs < 1);
            Assert.Equal(400, result.Histogram.Sum(bucket => bucket.Count));
            Assert.Equal(400, result.Intervals.Sum(interval => interval.Requests));
            Assert.Equal(Enum.GetNames<RequestPart>().Except([nameof(RequestPart.Lag), nameof(RequestPart.Backoff)]), result.Components.Select(part => part.Name));
            Assert.Equal(result.MeanMs * 1_000, result.Components.Sum(part => part.MeanUs), tolerance: 1e-3 * result.MeanMs * 1_000);
            double p99 = result.P99Ms ?? result.P95Ms;
            Assert.True(result.MinMs <= result.P50Ms && result.P50Ms <= result.P90Ms && result.P90Ms <= result.P95Ms && result.P95Ms <= p99 && p99 <= result.MaxMs);
            Assert.True(result.P50Interval!.LowMs <= result.P50Ms && result.P50Ms <= result.P50Interval.HighMs);
            Assert.Equal([50, 99, 99.9, 99.99], result.Percentiles.Select(at => at.Percentile));
            Assert.All(result.Percentiles, at => Assert.InRange(at.EffectiveSamples, 1, 400));
            Assert.Equal(result.Percentiles[1].EffectiveSamples >= 368, result.P99Ms is not null);
            Assert.Equal(result.P99Ms is null, result.P99Interval is null);
            Assert.InRange(result.Rounds.Count, 5, 39);
            Assert.Equal(400, result.Rounds.Sum(round => round.Requests));
            Assert.Null(result.P999Ms);
            Assert.Equal(result.P99Ms is null ? null : true, result.SlaMet);
            Assert.True(result.FloorP50Ms > 0);
            Assert.Equal(50, result.WarmUpRequests);
            Assert.Equal(SampleStore.SlowestKept, result.Slowest.Count);
            Assert.Equal(result.MaxMs * 1_000, result.Slowest[0].TotalUs, tolerance: 0.01);
            Assert.Equal(result.Median!.TotalUs, result.Median.PartsUs.Values.Sum(), tolerance: 1e-3);
        }

        string json = System.Text.Json.JsonSerializer.Serialize(results, RunFile.Json);
        Assert.Equal(results.Select(result => result.P99Ms), System.Text.Json.JsonSerializer.Deserialize<List<LatencyResult>>(json, RunFile.Json)!.Select(result => result.P99Ms));
    }

    [Fact]
    public async Task The_same_seed_asks_for_the_same_keys_and_misses_are_those_asked_for()
    {
        MeasureFeatureLatencyOptions options = Options with { Requests = 300, MissShare = 0.5, Seed = 9 };
        LatencyResult first = await MeasureOneAsync(options);
        LatencyResult second = await MeasureOneAsync(options);
        LatencyResult other = await MeasureOneAsync(options with { Seed = 10 });
        Assert.Equal(first.RowsVerified, second.RowsVerified);
        Assert.NotEqual(first.RowsVerified, other.RowsVerified);
        Assert.InRange(first.HitShare, 0.4, 0.6);
        Assert.Null(first.P99Ms);
        Assert.Contains("only 300 samples", first.Trust, StringComparison.Ordinal);
        Assert.Equal(0, (await MeasureOneAsync(options with { MissShare = 1 })).RowsVerified);
    }

    [Fact]
    public async Task Keys_that_no_generator_made_are_taken_from_a_table()
    {
        await ExecuteAsync(
            """
            CREATE TABLE small (id int PRIMARY KEY, v text); INSERT INTO small SELECT g, g FROM generate_series(1, 10) g;
            CREATE TABLE large (id bigint PRIMARY KEY, v text); INSERT INTO large SELECT g, g FROM generate_series(1, 2000) g; ANALYZE;
            """);
        MeasureFeatureLatencyOptions options = Options with { Table = ["small", "large"], Entity = [], Mode = [FeatureMode.Union] };
        RecordingSink sink = await RecordingSink.RunAsync(
            new MeasureFeatureLatencyOperation(Session, options with { KeyRange = KeyRange.Whole }), Cancel);
        LatencyResult result = Assert.Single(sink.Of<LatencyResult>());
        Assert.Equal(0, result.WrongResponses);
        Assert.InRange(result.RowsVerified, 400, 420);
        Assert.Equal("Uniform, whole range", result.Distribution);
        Assert.Contains(sink.Milestones, line => line.Contains("all 2,000 keys of public.large", StringComparison.Ordinal));
        Assert.Equal(1, (await MeasureOneAsync(options)).HitShare);
    }

    [Fact]
    public async Task Time_instead_of_a_number_of_requests()
    {
        LatencyResult result = await MeasureOneAsync(Options with { Requests = null, Duration = TimeSpan.FromMilliseconds(300), Clients = [2] });
        Assert.True(result.Duration >= TimeSpan.FromMilliseconds(300));
        Assert.True(result.Requests > 0);
    }

    [Fact]
    public async Task What_makes_no_sense_is_refused_before_anything_is_sent()
    {
        MeasureFeatureLatencyOptions[] wrong =
        [
            Options with { Mode = [] }, Options with { Clients = [0] }, Options with { Requests = 0 }, Options with { Skew = -1 },
            Options with { Duration = TimeSpan.FromSeconds(1) }, Options with { HotFraction = 0 }, Options with { MissShare = 1.5 },
        ];
        foreach (MeasureFeatureLatencyOptions options in wrong)
            Assert.Equal(ErrorIds.InvalidArgument, (await Assert.ThrowsAsync<LakebaseException>(() => MeasureAsync(options))).Error.Id);
        Assert.Equal(ErrorIds.RpcNotInstalled, (await Assert.ThrowsAsync<LakebaseException>(
            () => MeasureAsync(Options with { Mode = [FeatureMode.Rpc] }))).Error.Id);
        await ExecuteAsync("TRUNCATE card__rates; TRUNCATE card__times; TRUNCATE card__good");
        Assert.Equal(ErrorIds.ObjectNotFound, (await Assert.ThrowsAsync<LakebaseException>(() => MeasureAsync(Options))).Error.Id);
    }
}
