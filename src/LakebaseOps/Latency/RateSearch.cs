using System.Globalization;

namespace LakebaseOps.Latency;

/// <summary>
/// The highest rate of an open loop that meets a service level: doubled until it is missed (or halved until it is met), then
/// the gap is halved. A rate meets it when the upper end of the p99's interval does, nearly all that was offered was answered
/// and no backlog was left.
/// </summary>
internal static class RateSearch
{
    // The rates that met and missed it lie at most 3 % apart in the end.
    private const double Precision = 1.03;
    private const int MostTrials = 40;
    private const double LowestRate = 1;
    private const double HighestRate = 1_000_000;
    private const double LeastAchieved = 0.99;

    /// <summary>Searches.</summary>
    /// <param name="start">The first rate.</param>
    /// <param name="slaP99Ms">The service level.</param>
    /// <param name="trial">Measures a rate.</param>
    /// <returns>The measurement of the highest rate that met it (of the lowest tried when none did), and the search.</returns>
    public static async Task<(T Best, RateSearchResult Search)> RunAsync<T>(
        double start, double slaP99Ms, Func<double, Task<(T Measured, LatencyResult Result)>> trial)
    {
        List<RateTrial> trials = [];
        T? best = default;
        double? met = null;
        double? missed = null;
        double rate = start;
        while (trials.Count < MostTrials && !(missed / met <= Precision))
        {
            (T measured, LatencyResult result) = await trial(rate).ConfigureAwait(false);
            string? why = Missed(result, slaP99Ms);
            trials.Add(new RateTrial(
                rate, result.Open!.AchievedPerSecond, result.P99Ms, result.P99Interval?.HighMs, result.Open.Backlog, why));
            if (met is null || why is null)
                best = measured;
            if (why is null)
                met = rate;
            else
                missed = rate;
            rate = missed is null ? rate * 2 : met is null ? rate / 2 : Math.Sqrt(met.Value * missed.Value);
            if (rate is < LowestRate or > HighestRate || (met is null && IsIdle(result.Open)))
                break;
        }

        return (best!, new RateSearchResult { HighestRate = met, LowestMissed = missed, Trials = trials });
    }

    /// <summary>Why a measurement does not meet the service level; null when it does.</summary>
    public static string? Missed(LatencyResult result, double slaP99Ms)
    {
        OpenLoopResult open = result.Open!;
        // By Little's law so many are under way when each takes as long as the service level allows.
        double underWay = Math.Max(1, open.OfferedPerSecond * slaP99Ms / 1_000);
        return result.InvalidReason is string invalid ? invalid
            : result.P99Interval is not { } interval ? Text($"{result.Requests} requests are too few for a p99")
            : interval.HighMs > slaP99Ms ? Text($"p99 up to {interval.HighMs:0.###} ms")
            : open.Backlog > underWay ? Text($"{open.Backlog} requests were left at the end of a round")
            : open.AchievedPerSecond < LeastAchieved * Expected(open, slaP99Ms)
                ? Text($"{open.AchievedPerSecond:0.#} of {open.OfferedPerSecond:0.#} requests/s were answered")
            : null;

        static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
    }

    // Requests that hardly overlap are not slow because of one another: a lower rate would miss the level as well.
    private static bool IsIdle(OpenLoopResult open) => open.OfferedPerSecond * open.Service.P50Ms / 1_000 < 0.25;

    // Each round ends with the last answer, which may come as long after the last arrival as the service level allows.
    private static double Expected(OpenLoopResult open, double slaP99Ms) =>
        open.Scheduled / (open.ScheduleTime.TotalSeconds + (open.Rounds * slaP99Ms / 1_000));
}
