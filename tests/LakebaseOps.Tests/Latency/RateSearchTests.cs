using LakebaseOps.Latency;

namespace LakebaseOps.Tests.Latency;

public sealed class RateSearchTests
{
    [Theory]
    [InlineData(100, 3_170)]
    [InlineData(100, 37)]
    [InlineData(5_000, 5_001)]
    [InlineData(1, 90_000)]
    public async Task The_capacity_is_found_within_3_percent_whatever_the_first_rate(double start, double capacity)
    {
        List<double> tried = [];
        (double best, RateSearchResult search) = await RateSearch.RunAsync(start, 10, rate =>
        {
            tried.Add(rate);
            return Task.FromResult((rate, Result(rate, rate <= capacity ? 9 : 11)));
        });
        Assert.InRange(search.HighestRate!.Value, capacity / 1.031, capacity);
        Assert.InRange(search.LowestMissed!.Value, capacity, capacity * 1.031);
        Assert.Equal(best, search.HighestRate!.Value);
        Assert.Equal(tried, search.Trials.Select(trial => trial.RatePerSecond));
        Assert.InRange(tried.Count, 2, 25);
        Assert.All(search.Trials, trial => Assert.Equal(trial.RatePerSecond > capacity, trial.Missed is not null));
    }

    [Fact]
    public async Task A_level_that_no_rate_meets_is_said()
    {
        (double lowest, RateSearchResult search) = await RateSearch.RunAsync(100, 10, rate => Task.FromResult((rate, Result(rate, 50))));
        Assert.Null(search.HighestRate);
        Assert.Equal(lowest, search.Trials[^1].RatePerSecond);
        Assert.Equal("p99 up to 50 ms", search.Trials[^1].Missed);
        // At 25 a second requests of 9 ms hardly meet: nothing is won below.
        Assert.Equal([100, 50, 25], search.Trials.Select(trial => trial.RatePerSecond));
    }

    [Fact]
    public void A_rate_misses_by_its_tail_its_backlog_its_throughput_or_its_failures()
    {
        LatencyResult good = Result(1_000, 9);
        OpenLoopResult open = good.Open!;
        Assert.Null(RateSearch.Missed(good, 10));
        Assert.Equal("p99 up to 9 ms", RateSearch.Missed(good, 8));
        Assert.Equal("11 requests were left at the end of a round", RateSearch.Missed(good with { Open = open with { Backlog = 11 } }, 10));
        Assert.Null(RateSearch.Missed(good with { Open = open with { Backlog = 10 } }, 10));
        Assert.Contains("requests/s were answered", RateSearch.Missed(good with { Open = open with { AchievedPerSecond = 980 } }, 10), StringComparison.Ordinal);
        Assert.Contains("too few for a p99", RateSearch.Missed(good with { P99Interval = null }, 10), StringComparison.Ordinal);
        Assert.Contains("failed", RateSearch.Missed(good with { Errors = 200 }, 10), StringComparison.Ordinal);
        Assert.Contains("never sent", RateSearch.Missed(good with { Open = open with { Skipped = 1 } }, 10), StringComparison.Ordinal);
    }

    private static LatencyResult Result(double rate, double p99) => new()
    {
        Mode = FeatureMode.Batch, Distribution = "Uniform", Loop = "open loop", Requests = 10_000, P99Ms = p99 - 1, P99Interval = new ConfidenceInterval(p99 - 2, p99),
        Open = new OpenLoopResult
        {
            Arrival = ArrivalPattern.Constant, RatePerSecond = rate, OfferedPerSecond = rate, AchievedPerSecond = rate, Scheduled = 10_000, Rounds = 5,
            ScheduleTime = TimeSpan.FromSeconds(10_000 / rate), Service = new LatencyFigures(9, 9, 9, 9, 9), Lag = new LatencyFigures(0, 0, 0, 0, 0),
        },
    };
}
