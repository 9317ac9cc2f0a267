using System.Diagnostics;

namespace LakebaseOps.Latency;

/// <summary>What an open loop did to a cell, beside the times of its requests.</summary>
internal sealed class OpenLoopCounts(ArrivalPattern arrival, double rate, int maxInFlight)
{
    // A request that begins later than this was held up by the generator, not by the machine's clock.
    private static readonly long Tolerance = LoopTime.Ticks(0.001);

    private long _ticks;
    private long _schedule;

    /// <summary>The pattern of arrivals.</summary>
    public ArrivalPattern Arrival => arrival;

    /// <summary>Arrivals per second that were offered.</summary>
    public double Rate => rate;

    /// <summary>Requests in flight at most.</summary>
    public int MaxInFlight => maxInFlight;

    /// <summary>Arrivals of the schedule.</summary>
    public long Scheduled { get; private set; }

    /// <summary>Arrivals that were never sent.</summary>
    public long Skipped { get; private set; }

    /// <summary>Requests that began over a millisecond after their time.</summary>
    public long Late { get; private set; }

    /// <summary>Requests whose time came while all clients were busy: they waited for the server, not for the generator.</summary>
    public long Waited { get; private set; }

    /// <summary>Requests that began late and for which no client had to be waited for: the generator's own fault.</summary>
    public long Delayed => Math.Max(0, Late - Waited);

    /// <summary>Largest number of arrivals without an answer at the end of a block's schedule.</summary>
    public long Backlog { get; private set; }

    /// <summary>From the first arrival to the last answer, over all blocks.</summary>
    public TimeSpan Spent => TimeSpan.FromSeconds((double)_ticks / Stopwatch.Frequency);

    /// <summary>The time that the schedules covered.</summary>
    public TimeSpan ScheduleTime => TimeSpan.FromSeconds((double)_schedule / Stopwatch.Frequency);

    /// <summary>Blocks.</summary>
    public int Blocks { get; private set; }

    /// <summary>Books a request's lag.</summary>
    public void Lag(long ticks) => Late += ticks > Tolerance ? 1 : 0;

    /// <summary>Books that a client was ready for a request.</summary>
    /// <param name="intended">When it was to begin.</param>
    /// <param name="now">When a client was ready.</param>
    public void Ready(long intended, long now) => Waited += now > intended ? 1 : 0;

    /// <summary>Books a block.</summary>
    public void Book(long scheduled, long skipped, long backlog)
    {
        Scheduled += scheduled;
        Skipped += skipped;
        Backlog = Math.Max(Backlog, backlog);
    }

    /// <summary>Books the time of a block.</summary>
    /// <param name="schedule">Ticks of its schedule.</param>
    /// <param name="spent">Ticks until the last answer.</param>
    public void Spend(long schedule, long spent)
    {
        _schedule += schedule;
        _ticks += spent;
        Blocks++;
    }
}
