namespace LakebaseOps;

/// <summary>Whether a mode takes as many network round trips as it should.</summary>
public enum RoundTripVerdict
{
    /// <summary>The slope is within 2 % of the expected number, and its interval is no wider than that.</summary>
    Proven,

    /// <summary>Slope and interval lie outside.</summary>
    Refuted,

    /// <summary>The latencies varied too much to tell.</summary>
    Unclear,
}

/// <summary>
/// How many network round trips a request takes: the slope of its latency on the time of a round trip, which is made longer step by
/// step. Whatever else a request costs, a millisecond more to the server and back makes it as many milliseconds longer as it goes there.
/// </summary>
public sealed record RoundTripProof
{
    /// <summary>How rows were fetched.</summary>
    public FeatureMode Mode { get; init; }

    /// <summary>Round trips the mode should take.</summary>
    public int Expected { get; init; }

    /// <summary>Milliseconds of latency for each millisecond of a round trip.</summary>
    public double Slope { get; init; }

    /// <summary>Lower end of the slope's 95 % interval, by a bootstrap over the rounds.</summary>
    public double Low { get; init; }

    /// <summary>Upper end of it.</summary>
    public double High { get; init; }

    /// <summary>What follows.</summary>
    public RoundTripVerdict Verdict { get; init; }

    /// <summary>Rounds, in each of which every delay had its turn in an order drawn anew.</summary>
    public int Rounds { get; init; }

    /// <summary>Requests that were timed.</summary>
    public long Requests { get; init; }

    /// <summary>The delays with what was really added and what requests took, lower quartiles over the rounds.</summary>
    public IReadOnlyList<RoundTripPoint> Points { get; init => field = Indexable.Of(value); } = [];
}

/// <summary>One delay of a proof of round trips.</summary>
/// <param name="DelayMs">What was to be added to a round trip, milliseconds.</param>
/// <param name="InjectedMs">What was added in truth.</param>
/// <param name="RoundTripMs">
/// What one round trip took then: <c>SELECT $1</c>, prepared, on the same connection, as often as the mode goes there; the fastest of some.
/// </param>
/// <param name="LatencyMs">What a request took then: the fastest of some.</param>
public sealed record RoundTripPoint(double DelayMs, double InjectedMs, double RoundTripMs, double LatencyMs);
