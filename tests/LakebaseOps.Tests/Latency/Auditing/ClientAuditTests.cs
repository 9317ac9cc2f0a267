using LakebaseOps.Latency;
using LakebaseOps.Latency.Auditing;

namespace LakebaseOps.Tests.Latency.Auditing;

public sealed class ClientAuditTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void Lateness_counts_from_the_shortest_sleep_and_stalls_from_a_millisecond()
    {
        HiccupMeter meter = new();
        foreach (long slept in new[] { 1_060_000L, 1_060_000, 1_900_000, 6_060_000, 1_060_000 })
            meter.Book(slept);
        Assert.Equal((5, 5_000_000, TimeSpan.FromMilliseconds(5)), (meter.Lateness.Count, meter.Lateness.Max, meter.Stalled));
        Assert.Equal(0, meter.Lateness.ValueAt(0.5));
    }

    [Fact]
    public void A_thread_that_watches_notes_every_sleep_and_ends()
    {
        HiccupMeter meter = new();
        meter.Start();
        SpinWait.SpinUntil(() => meter.Lateness.Count >= 3);
        meter.Stop();
        long count = meter.Lateness.Count;
        Assert.True(count >= 3);
        meter.Stop();
        Assert.Equal(count, meter.Lateness.Count);
    }

    [Fact]
    public void Processor_time_of_the_machine_is_what_the_system_counted()
    {
        string file = Path.GetTempFileName();
        File.WriteAllText(file, "cpu  100 10 50 800 30 5 5 20 0 0\ncpu0 1 2 3\n");
        (TimeSpan Busy, TimeSpan Stolen, TimeSpan All) read = ProcessorTimes.OfLinux(file)!.Value;
        Assert.Equal((1.9, 0.2, 10.2), (read.Busy.TotalSeconds, read.Stolen.TotalSeconds, read.All.TotalSeconds));
        File.WriteAllText(file, "nothing of the kind\n");
        Assert.Null(ProcessorTimes.OfLinux(file));
        File.Delete(file);
        Assert.Null(ProcessorTimes.OfLinux(file));
        Assert.True(ProcessorTimes.Now().Process > TimeSpan.Zero);
    }

    [Theory]
    [InlineData(0.005, 0.005, 0.5, 0.8, 0.005, null)]
    [InlineData(0.02, 0.0, 0.5, 0.8, 0.0, "the collector paused this process for 2.0 % of the time")]
    [InlineData(0.0, 0.03, 0.5, 0.8, 0.0, "this process stood still for 3.0 % of the time, at most 7.5 ms at once")]
    [InlineData(0.0, 0.0, 0.95, 0.99, 0.0, "this process used 95.0 % of all processors: it may be what was measured")]
    [InlineData(0.0, 0.0, 0.5, 0.99, 0.0, "the processors of this machine were busy for 99.0 % of the time: requests may have waited for one")]
    [InlineData(0.0, 0.0, 0.5, 0.8, 0.04, "the hypervisor kept 4.0 % of the processor time from this machine")]
    public void Each_fault_of_the_client_is_a_reason_in_words(
        double collector, double stalled, double process, double machine, double stolen, string? reason) =>
        Assert.Equal(reason, Doubts.OfClient(new ClientLoad
        {
            CollectorShare = collector, StalledShare = stalled, ProcessCpuShare = process, MachineCpuShare = machine, StolenCpuShare = stolen,
            LongestHiccupMs = 7.5,
        }).SingleOrDefault());

    [Fact]
    public async Task Lateness_of_the_generator_is_told_from_waiting_for_the_server()
    {
        // Two at a time of 2 ms each for 2,000 a second: every request waits for an answer.
        OpenLoopCounts busy = await RunAsync(new VirtualTime(), rate: 2_000, clients: 2);
        Assert.True(busy is { Waited: > 900, Late: > 900, Delayed: 0 }, $"{busy.Waited} waited, {busy.Late} late, {busy.Delayed} delayed");
        // A generator that wakes 3 ms late although clients are free.
        OpenLoopCounts slow = await RunAsync(new VirtualTime { Oversleep = LoopTime.Ticks(0.003) }, rate: 100, clients: 50);
        Assert.Equal((0, slow.Late), (slow.Waited, slow.Delayed));
        Assert.True(slow.Late > 90);
    }

    private static async Task<OpenLoopCounts> RunAsync(VirtualTime time, double rate, int clients)
    {
        OpenLoopCounts counts = new(ArrivalPattern.Constant, rate, clients);
        LatencyCell cell = new(FeatureMode.Batch, null!, long.MaxValue, TimeSpan.FromDays(1), 1) { Time = time, Open = counts };
        OpenLoop loop = new(
            [.. Enumerable.Range(0, clients).Select(_ => new SimulatedClient(time, 0.002, at => at))], time, ArrivalPattern.Constant, rate, seed: 1);
        await time.RunAsync(async () =>
        {
            cell.Start();
            await loop.RunAsync(cell, 1_000, TimeSpan.FromSeconds(1), Cancel);
        });
        return counts;
    }
}
