namespace LakebaseOps.Latency;

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

    private static double Probability(long n, double p, long k) =>
        Math.Exp(LogFactorial(n) - LogFactorial(k) - LogFactorial(n - k) + (k * Math.Log(p)) + ((n - k) * Math.Log(1 - p)));

    // Stirling's series; exact products where it is not yet good to 1e-12.
    private static double LogFactorial(long n)
    {
        if (n < 32)
        {
            double product = 1;
            for (long factor = 2; factor <= n; factor++)
                product *= factor;
            return Math.Log(product);
        }

        double x = n + 1.0;
        double inverse = 1 / x;
        double square = inverse * inverse;
        return ((x - 0.5) * Math.Log(x)) - x + (0.5 * Math.Log(2 * Math.PI))
            + (inverse * ((1.0 / 12) - (square * ((1.0 / 360) - (square / 1260)))));
    }
}
