using System.Net;
using System.Text.RegularExpressions;
using LakebaseOps.Reports;

namespace LakebaseOps.Tests.Reports;

/// <summary>What a report says of how a measurement was made: loops, state, audit, comparison.</summary>
public sealed partial class MeasurementReportTests
{
    private static readonly string Text = Plain(Measured());

    [Theory]
    // An open loop.
    [InlineData("Open loops: what was offered and what was answered")]
    [InlineData("Poisson 999/s 998/s 20,000 40 12 28 0 3")]
    [InlineData("In an open loop it is the rate that was asked for")]
    // The server and the client.
    [InlineData("1,000 20 3,000 10")]
    [InlineData("200 90 IO DataFileRead 66.7 %, running 33.3 %")]
    [InlineData("client backend relation normal 5,000 30 0 1 4")]
    [InlineData("Cold pg_buffercache_evict 20 0 % 0.1 % pg_buffercache dropped for 6 files")]
    [InlineData("5,000/s 4,900/s 98,000 40 1 20.0 s")]
    [InlineData("40 % 90 % 0 % 0.2 % 1.5 % 0.800 ms 12.0 ms")]
    [InlineData("Not trustworthy: this process stood still for 1.5 % of the time")]
    // Another server in the middle.
    [InlineData("the setting work_mem was 4MB and is 9MB")]
    [InlineData("primary, 2 standbys behind it")]
    [InlineData("system 7, database 5, role r")]
    // A baseline.
    [InlineData("Uniform closed loop, 1 client Batch ✕ Slower p50 1.00 ms 1.20 ms 1.20× 1.15 – 1.25 0.1 % –")]
    [InlineData("Rpc Missing – insufficient insufficient – – – the baseline holds no such cell")]
    public void It_is_in_the_page(string expected) => Assert.Contains(expected, Text, StringComparison.Ordinal);

    [Fact]
    public void A_run_that_has_none_of_it_says_so_and_ids_stay_unique()
    {
        string plain = Plain(SampleRun.Full(1, 3, 400));
        Assert.Contains("no comparison with a baseline", plain, StringComparison.Ordinal);
        Assert.Contains("Wait events, checkpoints and I/O of the server are not part of this run's record.", plain, StringComparison.Ordinal);
        Assert.DoesNotContain("Open loops:", plain, StringComparison.Ordinal);
        Assert.DoesNotContain("Rows upserted", plain, StringComparison.Ordinal);
        List<string> ids = [.. Id().Matches(Html(Measured())).Select(match => match.Groups[1].Value)];
        Assert.Equal(ids.Count, ids.Distinct(StringComparer.Ordinal).Count());
    }

    internal static RunRecord Measured()
    {
        RunRecord run = SampleRun.Full(1, 3, 400);
        return run with
        {
            Status = "Invalid",
            EndpointChanges = ["the setting work_mem was 4MB and is 9MB"],
            Server = run.Server! with { Identity = "system 7, database 5, role r", IsInRecovery = false, Replicas = 2 },
            Latencies = [.. run.Latencies.Select((cell, at) => at == 0 ? Rich(cell) : cell)],
            Comparisons =
            [
                new LatencyComparison
                {
                    Mode = FeatureMode.Batch, Distribution = "Uniform", Loop = "closed loop, 1 client", Verdict = LatencyVerdict.Slower, Reason = "p50 is 20 % slower",
                    Percentiles = [new PercentileComparison { Percentile = 50, BaselineMs = 1, ValueMs = 1.2, Ratio = 1.2, RatioLow = 1.15, RatioHigh = 1.25, Probability = 0.001, Verdict = LatencyVerdict.Slower }],
                },
                new LatencyComparison { Mode = FeatureMode.Rpc, Distribution = "Uniform", Loop = "closed loop, 1 client", Verdict = LatencyVerdict.Missing, Reason = "the baseline holds no such cell" },
            ],
        };
    }

    private static LatencyResult Rich(LatencyResult cell) => cell with
    {
        Trust = "Not trustworthy: this process stood still for 1.5 % of the time",
        Loop = "open loop, 1,000/s Poisson, at most 64 in flight",
        Open = new OpenLoopResult
        {
            Arrival = ArrivalPattern.Poisson, OfferedPerSecond = 999, AchievedPerSecond = 998, Scheduled = 20_000, Late = 40, Waited = 12, Delayed = 28, Backlog = 3,
            Service = new LatencyFigures(0.5, 0.9, 1.5, null, 3), Lag = new LatencyFigures(0.01, 0.02, 0.1, null, 2),
        },
        Client = new ClientLoad
        {
            ProcessCpuShare = 0.4, MachineCpuShare = 0.9, StolenCpuShare = 0, CollectorShare = 0.002, StalledShare = 0.015, HiccupP99Ms = 0.8, LongestHiccupMs = 12,
        },
        Server = new ServerLoad
        {
            HeapHit = 1_000, HeapRead = 20, IndexHit = 3_000, IndexRead = 10, WaitSamples = 200, Checkpoints = 1,
            Waits = [new WaitEvent("IO", "DataFileRead", 60), new WaitEvent("CPU", "", 30)],
            Io = [new ServerIo("client backend", "relation", "normal", 5_000, 30, 0, 1, 4)],
        },
        Cache = new CacheEvidence
        {
            Temperature = CacheTemperature.Cold, MadeBy = "pg_buffercache_evict", FileCache = "dropped for 6 files", Evidence = "pg_buffercache", Times = 20,
            LeastResident = 0, MostResident = 0.001,
        },
        Refresh = new RefreshResult { RowsPerSecond = 5_000, AchievedPerSecond = 4_900, Rows = 98_000, Loads = 40, Errors = 1, Duration = TimeSpan.FromSeconds(20) },
    };

    private static string Html(RunRecord run) => HtmlReport.Write(ReportBuilder.Build(run));

    private static string Plain(RunRecord run) => Space().Replace(WebUtility.HtmlDecode(Tag().Replace(Html(run), " ")), " ");

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex Tag();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();

    [GeneratedRegex("\\sid=\"([^\"]+)\"")]
    private static partial Regex Id();
}
