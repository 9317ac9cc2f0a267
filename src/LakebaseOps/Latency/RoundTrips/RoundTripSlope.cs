namespace LakebaseOps.Latency.RoundTrips;

/// <summary>
/// The slope of latency on the time of a round trip. Noise only ever makes a request longer, so each delay is stood for by the lower
/// quartile over its rounds; the slope through these points is by least squares, and its interval a percentile bootstrap over
/// the rounds.
/// </summary>
internal sealed class RoundTripSlope(int expected)
{
    /// <summary>How far from the expected number a slope may be, as a share of it.</summary>
    public const double Tolerance = 0.02;

    private const int Resamples = 500;

    private readonly List<RoundTripPoint[]> _rounds = [];

    /// <summary>Rounds so far.</summary>
    public int Rounds => _rounds.Count;

    /// <summary>True when more rounds would hardly change the verdict.</summary>
    public bool IsSure() => Interval() is var (low, high) && high - low <= 1.5 * Tolerance * expected;

    /// <summary>Takes a round in.</summary>
    /// <param name="round">A point for each delay.</param>
    public void Add(IEnumerable<RoundTripPoint> round) => _rounds.Add([.. round.OrderBy(point => point.DelayMs)]);

    /// <summary>The proof that the rounds come to.</summary>
    public RoundTripProof Proof(FeatureMode mode, long requests)
    {
        double slope = Slope(_rounds);
        (double low, double high) = Interval();
        double reach = Tolerance * expected;
        return new RoundTripProof
        {
            Mode = mode,
            Expected = expected,
            Slope = slope,
            Low = low,
            High = high,
            Verdict = low > expected + reach || high < expected - reach ? RoundTripVerdict.Refuted
                : Math.Abs(slope - expected) <= reach && high - low <= 2 * reach ? RoundTripVerdict.Proven
                : RoundTripVerdict.Unclear,
            Rounds = Rounds,
            Requests = requests,
            Points = Points(_rounds),
        };
    }

    private (double Low, double High) Interval()
    {
        // Seeded: the same rounds give the same interval.
        SeededRandom random = new((ulong)expected);
        double[] slopes = new double[Resamples];
        RoundTripPoint[][] drawn = new RoundTripPoint[Rounds][];
        for (int resample = 0; resample < Resamples; resample++)
        {
            for (int round = 0; round < Rounds; round++)
                drawn[round] = _rounds[(int)random.Next(Rounds)];
            slopes[resample] = Slope(drawn);
        }

        Array.Sort(slopes);
        return (slopes[(int)(Resamples * 0.025)], slopes[(int)(Resamples * 0.975)]);
    }

    private static double Slope(IReadOnlyList<RoundTripPoint[]> rounds)
    {
        RoundTripPoint[] points = Points(rounds);
        double x = points.Average(point => point.RoundTripMs);
        double y = points.Average(point => point.LatencyMs);
        return points.Sum(point => (point.RoundTripMs - x) * (point.LatencyMs - y)) / points.Sum(point => (point.RoundTripMs - x) * (point.RoundTripMs - x));
    }

    private static RoundTripPoint[] Points(IReadOnlyList<RoundTripPoint[]> rounds)
    {
        return
        [
            .. rounds[0].Select((first, delay) => new RoundTripPoint(
                first.DelayMs, Low(delay, point => point.InjectedMs), Low(delay, point => point.RoundTripMs), Low(delay, point => point.LatencyMs))),
        ];

        double Low(int delay, Func<RoundTripPoint, double> value)
        {
            double[] sorted = [.. rounds.Select(round => value(round[delay]))];
            Array.Sort(sorted);
            return sorted[(sorted.Length - 1) / 4];
        }
    }
}
