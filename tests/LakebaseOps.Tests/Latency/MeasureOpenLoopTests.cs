using LakebaseOps.Latency;
using LakebaseOps.Latency.Histograms;
using LakebaseOps.Latency.Runs;

namespace LakebaseOps.Tests.Latency;

public sealed class MeasureOpenLoopTests(PostgresServer server) : LatencyDatabaseTest(server)
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lakebase-open-").FullName;

    public override ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
        return base.DisposeAsync();
    }

    [Fact]
    public async Task Response_service_and_lag_are_told_apart_and_add_up()
    {
        MeasureFeatureLatencyOptions options = Options with
        {
            Rate = [1_000, 2_000], Arrival = ArrivalPattern.Constant, MaxInFlight = 16, OutputPath = _folder,
        };
        IReadOnlyList<LatencyResult> results = await MeasureAsync(options);
        Assert.Equal([1_000, 2_000], results.Select(result => result.Open!.RatePerSecond));
        using StreamReader text = new(Path.Combine(_folder, RunFolder.LogName));
        ILookup<string, HistogramLine> lines = HistogramLog.Read(text).ToLookup(line => line.Tag);
        foreach (LatencyResult result in results)
        {
            OpenLoopResult open = result.Open!;
            Assert.Equal($"open loop, {open.RatePerSecond:#,0}/s Constant, at most 16 in flight", result.Loop);
            Assert.Equal((400, 400, 0, 0), (result.Requests, open.Scheduled, open.Skipped, result.WrongResponses));
            Assert.Equal((8, 16), (open.Rounds, open.MaxInFlight));
            Assert.Equal(400 / open.RatePerSecond, open.ScheduleTime.TotalSeconds, 1e-3);
            Assert.True(open.AchievedPerSecond <= open.OfferedPerSecond * 1.001);
            Assert.Equal("Lag", result.Components[0].Name);
            Assert.Equal(result.MeanMs * 1_000, result.Components.Sum(part => part.MeanUs), tolerance: 1e-3 * result.MeanMs * 1_000);
            Assert.True(open.Service.P50Ms <= result.P50Ms && open.Service.MaxMs <= result.MaxMs && open.Lag.MaxMs <= result.MaxMs);
            LatencyHistogram[] series = [.. new[] { "", "|service", "|lag" }.Select(suffix => Sum(lines[result.Tag + suffix]))];
            Assert.All(series, all => Assert.Equal(400, all.Count));
            Assert.Equal(result.MeanMs, (series[1].Mean + series[2].Mean) / 1e6, tolerance: 2e-3 * result.MeanMs);
        }
    }

    [Fact]
    public async Task The_search_tells_which_rates_met_the_service_level()
    {
        RecordingSink sink = await RecordingSink.RunAsync(new MeasureFeatureLatencyOperation(Session, Options with
        {
            Requests = null, Duration = TimeSpan.FromMilliseconds(100), Rate = [2_000], FindRate = true, SlaP99Ms = 5, MaxInFlight = 8, PoolSize = 1,
            Arrival = ArrivalPattern.Constant, Mode = [FeatureMode.Serial],
        }), Cancel);
        LatencyResult result = Assert.Single(sink.Of<LatencyResult>());
        RateSearchResult search = result.RateSearch!;
        Assert.NotEmpty(search.Trials);
        Assert.Equal(search.Trials.Count, sink.Milestones.Count(line => line.StartsWith("Serial: ", StringComparison.Ordinal)));
        Assert.Equal(search.HighestRate ?? search.Trials[^1].RatePerSecond, result.Open!.RatePerSecond);
        Assert.Equal(search.HighestRate, search.Trials.Where(trial => trial.Missed is null).Max(trial => (double?)trial.RatePerSecond));
        Assert.True(search.LowestMissed is null || search.HighestRate is null || search.LowestMissed / search.HighestRate is > 1 and <= 1.03);
        Assert.Equal(ErrorIds.InvalidArgument, (await Assert.ThrowsAsync<LakebaseException>(
            () => MeasureAsync(Options with { Requests = null, FindRate = true, SlaP99Ms = null }))).Error.Id);
    }

    [Fact]
    public async Task Keys_come_from_a_file_line_by_line_or_the_newest_first()
    {
        await ExecuteAsync("CREATE TABLE numbered (id bigint PRIMARY KEY, v text); INSERT INTO numbered SELECT g, g FROM generate_series(1, 1000) g; ANALYZE numbered");
        string file = Path.Combine(_folder, "keys.tsv");
        await File.WriteAllTextAsync(file, "1\n5000\n7\n6000\n", Cancel);
        MeasureFeatureLatencyOptions options = Options with { Table = ["numbered"], Entity = [] };
        LatencyResult replayed = await MeasureOneAsync(options with { Distribution = [KeyDistribution.File], KeyPath = file });
        Assert.Equal((0.5, 200, 0), (replayed.HitShare, replayed.RowsVerified, replayed.WrongResponses));
        Assert.Contains(replayed.Slowest, request => request.Key is "1" or "5000" or "7" or "6000");
        LatencyResult latest = await MeasureOneAsync(options with { Distribution = [KeyDistribution.Latest], Skew = 2 });
        Assert.Equal((1, "Latest(2)"), (latest.HitShare, latest.Distribution));
        // Six of ten requests with s = 2 go to the newest key.
        Assert.Contains(latest.Slowest, request => request.Key == "1000");

        await File.WriteAllTextAsync(file, "1\t2\n", Cancel);
        foreach ((MeasureFeatureLatencyOptions wrong, string id) in new[]
        {
            (options with { Distribution = [KeyDistribution.File], KeyPath = file }, ErrorIds.InvalidArgument),
            (options with { Distribution = [KeyDistribution.File], KeyPath = file + "x" }, ErrorIds.FileNotFound),
            (options with { Distribution = [KeyDistribution.File] }, ErrorIds.InvalidArgument),
            (options with { Rate = [0] }, ErrorIds.InvalidArgument),
            (options with { Rate = [10], Clients = [2] }, ErrorIds.InvalidArgument),
            (options with { ErrorLimit = 2 }, ErrorIds.InvalidArgument),
        })
            Assert.Equal(id, (await Assert.ThrowsAsync<LakebaseException>(() => MeasureAsync(wrong))).Error.Id);
        await ExecuteAsync("CREATE TABLE texts (id text PRIMARY KEY); INSERT INTO texts VALUES ('a'), ('b')");
        Assert.Equal(ErrorIds.InvalidArgument, (await Assert.ThrowsAsync<LakebaseException>(
            () => MeasureAsync(options with { Table = ["texts"], Distribution = [KeyDistribution.Latest] }))).Error.Id);
    }

    [Fact]
    public async Task Cancelling_an_open_loop_leaves_no_session()
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        RecordingSink sink = new()
        {
            OnProgress = progress =>
            {
                if (progress.Percent > 0)
                    stop.Cancel();
            },
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new MeasureFeatureLatencyOperation(
            Session, Options with { Requests = 1_000_000, Rate = [5_000] }).RunAsync(sink, stop.Token));
        Assert.True(sink.Progress[^1].IsCompleted);
        while (await FeatureSessionsAsync() > 0)
            Cancel.ThrowIfCancellationRequested();
    }

    private static LatencyHistogram Sum(IEnumerable<HistogramLine> lines)
    {
        LatencyHistogram all = new();
        foreach (HistogramLine line in lines)
            all.Add(line.Histogram);
        return all;
    }
}
