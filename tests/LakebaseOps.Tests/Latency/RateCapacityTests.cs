using LakebaseOps.Latency;
using LakebaseOps.Serving;

namespace LakebaseOps.Tests.Latency;

/// <summary>The search for a rate against a queue whose capacity is known, on a clock of its own.</summary>
public sealed class RateCapacityTests
{
    // One server, exponential service times of 1 ms on average: of a queue fed at random, response times are exponential with
    // mean 1 / (1000 - rate) seconds, and their p99 is ln(100) times that.
    private const double ServiceRate = 1_000;
    private const double LevelMs = 10;
    private const double Step = 1.03;
    private const double First = 100;
    private const int Clients = 400;

    private static readonly double Truth = ServiceRate - (Math.Log(100) / (LevelMs / 1_000));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>The whole soak tries every rate as well, as somebody without a search would.</summary>
    [Fact]
    public async Task The_capacity_of_a_queue_is_found()
    {
        TimeSpan trial = TimeSpan.FromSeconds(Soak.Cases(150, 1_200));
        (_, RateSearchResult search) = await RateSearch.RunAsync(First, LevelMs, async rate =>
        {
            LatencyResult result = await MeasureAsync(rate, trial, seed: 1);
            return (result, result);
        });
        // The upper end of the p99's interval has to meet the level, so the rate found errs low rather than high.
        Assert.InRange(search.HighestRate!.Value / Truth, 0.93, 1.01);
        if (!Soak.IsOn)
            return;

        List<(double Rate, bool Met)> sweep = [];
        for (double rate = First; sweep.Count < 6 || sweep.TakeLast(4).Any(one => one.Met); rate *= Step)
            sweep.Add((rate, RateSearch.Missed(await MeasureAsync(rate, trial, seed: 2), LevelMs) is null));
        double swept = sweep.MaxBy(cut => sweep.Count(one => one.Met == one.Rate <= cut.Rate)).Rate;
        Soak.Say(FormattableString.Invariant(
            $"Rate: {search.HighestRate:F1}/s found in {search.Trials.Count} trials, {swept:F1}/s by {sweep.Count} rates in steps of 3 %, {Truth:F1}/s by theory."));
        Assert.InRange(search.HighestRate.Value / swept, 1 / (Step * Step), Step * Step);
        Assert.True(search.Trials.Count <= 0.2 * sweep.Count, $"{search.Trials.Count} trials against {sweep.Count}.");
    }

    private static async Task<LatencyResult> MeasureAsync(double rate, TimeSpan duration, long seed)
    {
        VirtualTime time = new();
        Queue queue = new(SeededRandom.For(seed, (int)(rate * 1_000)));
        LatencyCell cell = new(FeatureMode.Batch, new RequestStream([], [], 1, 0, [new FeatureRequest("", 1, [])]), long.MaxValue, duration, 1) { Time = time, Open = new OpenLoopCounts(ArrivalPattern.Poisson, rate, Clients) };
        OpenLoop loop = new([.. Enumerable.Range(0, Clients).Select(_ => new QueueClient(time, queue))], time, ArrivalPattern.Poisson, rate, seed, rounds: 1);
        cell.Start();
        await time.RunAsync(() => loop.RunAsync(cell, long.MaxValue, duration, Cancel));
        cell.EndBlock();
        cell.Finish();
        return LatencySummary.Of(cell, 1, new LatencyHistogram(), "Uniform", Clients, new MeasureFeatureLatencyOptions(), "simulated", null);
    }

    private sealed class Queue(SeededRandom random)
    {
        private SeededRandom _random = random;
        private long _free;

        public long Serve(long now)
        {
            double seconds = -Math.Log(1 - _random.NextDouble()) / ServiceRate;
            return _free = Math.Max(now, _free) + LoopTime.Ticks(seconds);
        }
    }

    private sealed class QueueClient(LoopTime time, Queue queue) : RequestClient(time)
    {
        private readonly LoopTime _time = time;

        public override void Prepare(LatencyCell cell, long number)
        {
        }

        public override ValueTask SendAsync(LatencyCell cell, CancellationToken cancellationToken) =>
            _time.UntilAsync(queue.Serve(_time.Now), cancellationToken);

        public override RequestOutcome Check(LatencyCell cell, long number) => new(1, 1, null);
    }
}
