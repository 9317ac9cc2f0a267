namespace LakebaseOps;

/// <summary>When the requests of an open loop begin.</summary>
public enum ArrivalPattern
{
    /// <summary>At random and independently, as those of many callers (a Poisson process).</summary>
    Poisson,

    /// <summary>At equal distances.</summary>
    Constant,
}

/// <summary>
/// An open loop beside its response times: those count from when a request was to begin. Service times count from when
/// it was sent, lag is the time between the two.
/// </summary>
public sealed record OpenLoopResult
{
    /// <summary>The pattern of arrivals.</summary>
    public required ArrivalPattern Arrival { get; init; }

    /// <summary>Requests per second asked for.</summary>
    public double RatePerSecond { get; init; }

    /// <summary>Requests per second that the schedule came to: by chance a Poisson one differs a little from the rate.</summary>
    public double OfferedPerSecond { get; init; }

    /// <summary>Requests per second that were answered, from the first arrival to the last answer.</summary>
    public double AchievedPerSecond { get; init; }

    /// <summary>Requests in flight at most.</summary>
    public int MaxInFlight { get; init; }

    /// <summary>Rounds, each with a schedule of its own.</summary>
    public int Rounds { get; init; }

    /// <summary>Time that the schedules covered.</summary>
    public TimeSpan ScheduleTime { get; init; }

    /// <summary>Requests of the schedule.</summary>
    public long Scheduled { get; init; }

    /// <summary>Requests that began over 1 ms after their time; their response times hold the delay.</summary>
    public long Late { get; init; }

    /// <summary>Requests whose time came while all that may be in flight were: they waited for an answer to another.</summary>
    public long Waited { get; init; }

    /// <summary>Requests that the generator itself began over 1 ms late though one could have been sent.</summary>
    public long Delayed { get; init; }

    /// <summary>Requests never sent because the backlog would not have been worked off; any makes the cell invalid.</summary>
    public long Skipped { get; init; }

    /// <summary>Most requests without an answer at the end of a round's schedule.</summary>
    public long Backlog { get; init; }

    /// <summary>From sending to the end of the answer.</summary>
    public required LatencyFigures Service { get; init; }

    /// <summary>From the intended begin to sending: what the generator and its bound on requests in flight added.</summary>
    public required LatencyFigures Lag { get; init; }
}

/// <summary>Percentiles of a kind of time, milliseconds.</summary>
/// <param name="P50Ms">Median.</param>
/// <param name="P90Ms">90th percentile.</param>
/// <param name="P99Ms">99th percentile; null below 368 samples.</param>
/// <param name="P999Ms">99.9th percentile; null below 3,688 samples.</param>
/// <param name="MaxMs">Largest.</param>
public sealed record LatencyFigures(double P50Ms, double P90Ms, double? P99Ms, double? P999Ms, double MaxMs);

/// <summary>The search for the highest rate that meets the service level.</summary>
public sealed record RateSearchResult
{
    /// <summary>The highest rate that met it, per second; null when none did.</summary>
    public double? HighestRate { get; init; }

    /// <summary>The lowest rate that missed it, per second; null when none did.</summary>
    public double? LowestMissed { get; init; }

    /// <summary>Every rate tried, in order.</summary>
    public IReadOnlyList<RateTrial> Trials { get; init => field = Indexable.Of(value); } = [];
}

/// <summary>One rate of the search.</summary>
/// <param name="RatePerSecond">Requests per second offered.</param>
/// <param name="AchievedPerSecond">Requests per second answered.</param>
/// <param name="P99Ms">99th percentile of the response times, null when the samples do not suffice.</param>
/// <param name="P99HighMs">Upper end of its 95 % interval.</param>
/// <param name="Backlog">Most requests without an answer at the end of a round.</param>
/// <param name="Missed">Why it does not meet the service level; null when it does.</param>
public sealed record RateTrial(
    double RatePerSecond, double AchievedPerSecond, double? P99Ms, double? P99HighMs, long Backlog, string? Missed);
