namespace LakebaseOps.Latency;

/// <summary>When the requests of an open loop are to begin, made from the seed before the first is sent.</summary>
internal static class ArrivalSchedule
{
    /// <summary>The arrivals of a block, in ticks after its begin.</summary>
    /// <param name="arrival">Their pattern.</param>
    /// <param name="rate">Arrivals per second on average.</param>
    /// <param name="requests">Arrivals at most.</param>
    /// <param name="limit">No arrival comes later.</param>
    /// <param name="random">Where chance comes from.</param>
    public static long[] Of(ArrivalPattern arrival, double rate, long requests, TimeSpan limit, ref SeededRandom random)
    {
        List<long> arrivals = [];
        double at = 0;
        for (long next = 0; next < requests; next++)
        {
            // Gaps of a Poisson process are exponential; the first request comes after a gap as any other.
            at = arrival == ArrivalPattern.Constant ? next / rate : at - (Math.Log(1 - random.NextDouble()) / rate);
            if (at >= limit.TotalSeconds)
                break;
            arrivals.Add(LoopTime.Ticks(at));
        }

        return [.. arrivals];
    }
}
