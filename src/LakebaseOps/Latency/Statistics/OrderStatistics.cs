using MathNet.Numerics;

namespace LakebaseOps.Latency.Statistics;

/// <summary>
/// Confidence intervals of quantiles without any assumption on the distribution: the number of samples below a
/// quantile p is binomial (n, p), so two order statistics enclose it (David and Nagaraja, Order Statistics, 7.1).
/// </summary>
internal static class OrderStatistics
{
    private const double Tail = 0.025;

    /// <summary>
    /// Ranks (from 1) whose samples enclose the p-quantile with at least 95 % confidence; null when n is too small.
    /// </summary>
    /// <param name="n">Samples.</param>
    /// <param name="p">Quantile, 0 to 1 exclusive.</param>
    public static (long Low, long High)? Ranks(long n, double p)
    {
        if (!Suffice(n, p))
            return null;
        double mean = n * p;
        double reach = (12 * Math.Sqrt(n * p * (1 - p))) + 12;
        long from = Math.Max(0, (long)Math.Floor(mean - reach));
        long to = Math.Min(n, (long)Math.Ceiling(mean + reach));
        double below = 0;
        long? low = null;
        for (long k = from; k <= to; k++)
        {
            below += Probability(n, p, k);
            // The quantile lies under the k-th sample with the probability of fewer than k samples below it.
            if (below <= Tail)
                low = k + 1;
            else if (1 - below <= Tail)
                return k + 1 <= n ? (low ?? 1, k + 1) : null;
        }

        return null;
    }

    /// <summary>
    /// True when the samples can bound the quantile from both sides: p^n and (1 - p)^n are at most 2.5 %.
    /// </summary>
    public static bool Suffice(long n, double p) => n > 0 && n * Math.Log(Math.Max(p, 1 - p)) <= Math.Log(Tail);

    /// <summary>
    /// The 95 % interval of a quantile whose samples are worth so many independent ones: the share of values below it
    /// lies between the shares of two ranks of that many samples, and the values of those shares enclose it (Korn and
    /// Graubard, Survey Methodology 24, 1998). Null when they are too few.
    /// </summary>
    /// <param name="all">All samples, nanoseconds.</param>
    /// <param name="p">Quantile, 0 to 1 exclusive.</param>
    /// <param name="effective">Independent samples they are worth, at most their number.</param>
    public static (long Low, long High)? Interval(LatencyHistogram all, double p, double effective)
    {
        long n = (long)Math.Floor(effective);
        if (Ranks(n, p) is not var (low, high))
            return null;
        // Rank k of n independent samples is as far up among all of them.
        double step = (double)all.Count / n;
        return (all.ValueAtRank((long)Math.Floor(low * step)), all.ValueAtRank((long)Math.Ceiling(high * step)));
    }

    private static double Probability(long n, double p, long k) => Math.Exp(
        SpecialFunctions.GammaLn(n + 1.0) - SpecialFunctions.GammaLn(k + 1.0) - SpecialFunctions.GammaLn(n - k + 1.0)
        + (k * Math.Log(p)) + ((n - k) * Math.Log(1 - p)));
}
