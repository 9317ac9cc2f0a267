using System.Diagnostics;
using LakebaseOps.Latency;

namespace LakebaseOps.Tests.Latency;

/// <summary>The load generator on a clock of its own, against backends whose response times are known.</summary>
public sealed class OpenLoopTests
{
    private const double Service = 0.002;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(ArrivalPattern.Constant)]
    [InlineData(ArrivalPattern.Poisson)]
    public async Task A_server_frozen_1_second_in_10_shows_in_the_percentiles_as_it_must(ArrivalPattern arrival)
    {
        VirtualTime time = new();
        LatencyCell open = Cell(time, new OpenLoopCounts(arrival, 1_000, 1_200));
        OpenLoop loop = new(Clients(time, 1_200, Frozen), time, arrival, 1_000, seed: 3);
        await time.RunAsync(() => RunAsync(loop, open, TimeSpan.FromSeconds(200)));

        // A tenth of all requests comes into a freeze and waits for what is left of it: over 0 to 1 s, evenly. So the share p
        // waits up to 1 - 10 (1 - p) seconds.
        Near(0.9 + Service, open, 0.99);
        Near(0.99 + Service, open, 0.999);
        Near(0.5 + Service, open, 0.95);
        Assert.Equal(Service, Seconds(open.Histogram.ValueAt(0.5)), 1e-4);
        Assert.Equal((0, 0), (open.Open!.Skipped, open.Open.Late));
        Assert.Equal(200_000, open.Histogram.Count, arrival == ArrivalPattern.Constant ? 0 : 2_000.0);

        // A closed loop of one client sends nothing while it waits: the freeze is one request in 4,501 and invisible.
        VirtualTime other = new();
        LatencyCell closed = Cell(other, null);
        await other.RunAsync(() => RunAsync(new ClosedLoop(Clients(other, 1, Frozen), other), closed, TimeSpan.FromSeconds(200)));
        Assert.Equal(Service, Seconds(closed.Histogram.ValueAt(0.99)), 1e-4);
        Assert.Equal(Service, Seconds(closed.Histogram.ValueAt(0.999)), 1e-4);
        TestContext.Current.SendDiagnosticMessage(
            $"{arrival}: p99 {Seconds(open.Histogram.ValueAt(0.99)):F4} s of 0.902, p99.9 {Seconds(open.Histogram.ValueAt(0.999)):F4} s of 0.992; closed loop p99 {Seconds(closed.Histogram.ValueAt(0.99)):F4} s");
    }

    [Fact]
    public async Task Few_clients_make_requests_late_and_not_lost_and_the_truth_stays()
    {
        VirtualTime time = new();
        LatencyCell cell = Cell(time, new OpenLoopCounts(ArrivalPattern.Constant, 1_000, 20));
        await time.RunAsync(() => RunAsync(new OpenLoop(Clients(time, 20, Frozen), time, ArrivalPattern.Constant, 1_000, 3), cell, TimeSpan.FromSeconds(200)));
        Assert.Equal((200_000, 0), (cell.Histogram.Count, cell.Open!.Skipped));
        // Twenty at a time work off what a freeze left at 10,000 a second, so the queue is gone after another 0.11 s.
        Assert.InRange(cell.Open.Late, 20_000, 24_000);
        Assert.InRange(Seconds(cell.Histogram.Max), 0.99, 1.01);
        Assert.InRange(Seconds(cell.Lag.All.Max), 0.95, 1.01);
        // The bound on requests in flight does not change when a request was to begin: service times alone look well.
        Assert.Equal(Service, Seconds(cell.Service.All.ValueAt(0.99)), 1e-4);
        Assert.InRange(Seconds(cell.Histogram.ValueAt(0.99)), 0.9, 0.95);
        Assert.Equal(cell.Histogram.Mean, cell.Service.All.Mean + cell.Lag.All.Mean, tolerance: 1_000);
    }

    [Fact]
    public async Task A_rate_beyond_what_the_server_can_do_leaves_a_backlog_and_skips()
    {
        VirtualTime time = new();
        // Four at a time, 2 ms each: 2,000 a second.
        LatencyCell cell = Cell(time, new OpenLoopCounts(ArrivalPattern.Constant, 6_000, 4));
        await time.RunAsync(() => RunAsync(new OpenLoop(Clients(time, 4, Never), time, ArrivalPattern.Constant, 6_000, 3), cell, TimeSpan.FromSeconds(6)));
        Assert.Equal(36_000, cell.Open!.Scheduled);
        Assert.Equal(cell.Open.Scheduled, cell.Histogram.Count + cell.Open.Skipped);
        // The block and as long again: 12 seconds of 2,000.
        Assert.InRange(cell.Open.Skipped, 11_900, 12_100);
        Assert.InRange(cell.Open.Backlog, 23_900, 24_100);
    }

    [Fact]
    public async Task A_loop_that_is_cancelled_while_it_waits_for_a_requests_time_ends_with_all_its_clients()
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        LatencyCell cell = Cell(LoopTime.Real, new OpenLoopCounts(ArrivalPattern.Constant, 0.01, 3));
        cell.Start();
        OpenLoop loop = new(Clients(LoopTime.Real, 3, Never), LoopTime.Real, ArrivalPattern.Constant, 0.01, 3);
        Task running = loop.RunAsync(cell, 10, TimeSpan.FromHours(1), stop.Token);
        // The first request is sent at once; the second, a hundred seconds later, is in hand from then on.
        while (cell.Begun < 2)
            await Task.Delay(10, Cancel);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.WaitAsync(TimeSpan.FromSeconds(60), Cancel));
    }

    [Fact]
    public async Task Failures_are_counted_by_sqlstate_and_are_no_samples()
    {
        VirtualTime time = new();
        LatencyCell cell = Cell(time, new OpenLoopCounts(ArrivalPattern.Poisson, 500, 8));
        RequestClient[] clients = [.. Enumerable.Range(0, 8).Select(_ => new SimulatedClient(time, Service, Never) { Failing = (10, "57014") })];
        await time.RunAsync(() => RunAsync(new OpenLoop(clients, time, ArrivalPattern.Poisson, 500, 3), cell, TimeSpan.FromSeconds(20)));
        Assert.Equal(["57014"], cell.Errors.Keys);
        Assert.Equal(cell.Open!.Scheduled, cell.Histogram.Count + cell.Errors["57014"]);
        Assert.InRange(cell.Errors["57014"], 500, 1_500);
    }

    [Fact]
    public void Schedules_come_from_the_seed_and_keep_their_rate()
    {
        SeededRandom first = new(9), second = new(9);
        long[] poisson = ArrivalSchedule.Of(ArrivalPattern.Poisson, 2_000, long.MaxValue, TimeSpan.FromSeconds(50), ref first);
        Assert.Equal(poisson, ArrivalSchedule.Of(ArrivalPattern.Poisson, 2_000, long.MaxValue, TimeSpan.FromSeconds(50), ref second));
        Assert.InRange(poisson.Length, 99_000, 101_000);
        double[] gaps = [.. poisson.Zip(poisson.Skip(1), (one, next) => (next - one) / (double)Stopwatch.Frequency)];
        // Exponential gaps: the standard deviation is the mean, and a share of 1/e is longer than it.
        Assert.Equal(0.0005, gaps.Average(), 0.00001);
        Assert.Equal(0.0005, Math.Sqrt(gaps.Average(gap => (gap - 0.0005) * (gap - 0.0005))), 0.00001);
        Assert.Equal(1 / Math.E, gaps.Count(gap => gap > 0.0005) / (double)gaps.Length, 0.01);
        long[] constant = ArrivalSchedule.Of(ArrivalPattern.Constant, 250, 100, TimeSpan.FromSeconds(50), ref first);
        Assert.Equal(Enumerable.Range(0, 100).Select(at => LoopTime.Ticks(at / 250.0)), constant);
        Assert.Equal(25, ArrivalSchedule.Of(ArrivalPattern.Constant, 250, 100, TimeSpan.FromSeconds(0.1), ref first).Length);
    }

    private static async Task RunAsync(Loop loop, LatencyCell cell, TimeSpan time)
    {
        cell.Start();
        await loop.RunAsync(cell, long.MaxValue, time, Cancel);
        cell.EndBlock();
        cell.Finish();
        Assert.Equal(cell.Histogram.Count, cell.Response.Intervals.Sum(second => second.Requests));
    }

    private static LatencyCell Cell(LoopTime time, OpenLoopCounts? open) =>
        new(FeatureMode.Batch, null!, long.MaxValue, TimeSpan.FromDays(1), 1) { Time = time, Open = open };

    private static RequestClient[] Clients(LoopTime time, int count, Func<long, long> thaw) =>
        [.. Enumerable.Range(0, count).Select(_ => new SimulatedClient(time, Service, thaw))];

    /// <summary>The end of the freeze that a time lies in: the tenth second of every ten.</summary>
    private static long Frozen(long at)
    {
        long cycle = LoopTime.Ticks(10), thawed = LoopTime.Ticks(9);
        return at % cycle >= thawed ? at - (at % cycle) + cycle : at;
    }

    private static long Never(long at) => at;

    private static double Seconds(double nanoseconds) => nanoseconds / 1e9;

    /// <summary>Within 5 % of the truth.</summary>
    private static void Near(double truth, LatencyCell cell, double p) =>
        Assert.InRange(Seconds(cell.Histogram.ValueAt(p)), truth * 0.95, truth * 1.05);
}
