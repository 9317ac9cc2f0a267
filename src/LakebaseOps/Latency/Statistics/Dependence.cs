namespace LakebaseOps.Latency.Statistics;

/// <summary>
/// How many independent samples a series is worth at a quantile. Slow requests come in bursts, so a thousand of them in
/// a row say less than a thousand at random; an interval that ignores this is too narrow.
/// </summary>
internal static class Dependence
{
    // Sokal: the sum of autocorrelations is cut where it has become five times shorter than its reach.
    private const int Window = 5;
    // A correlation that chance makes once in 700 series.
    private const double Significance = 3;
    // Blocks this much longer than the memory of the series hold nearly all of it.
    private const int BlockLengths = 8;
    private const int FewestBlocks = 20;
    private const int LongestMemory = 2_000;

    /// <summary>
    /// The samples' number divided by the variance inflation of the share that lies over the quantile: 1 for independent
    /// samples, else that of the moving-block bootstrap (Künsch, Annals of Statistics 17, 1989) in its closed form.
    /// </summary>
    /// <param name="series">The samples in order of time.</param>
    /// <param name="quantile">The quantile's value.</param>
    public static double EffectiveSamples(ReadOnlySpan<float> series, double quantile)
    {
        int n = series.Length;
        int[] over = new int[n + 1];
        for (int at = 0; at < n; at++)
            over[at + 1] = over[at] + (series[at] > quantile ? 1 : 0);
        double share = (double)over[n] / n;
        if (n < 2 * FewestBlocks || share is 0 or 1)
            return n;
        (double memory, double noise) = Memory(over, share);
        if (memory <= 1 + (Significance * noise))
            return n;
        int block = (int)Math.Clamp(Math.Max(Math.Cbrt(n), BlockLengths * memory), 1, n / FewestBlocks);
        double inflation = BlockVariance(over, share, block) / (share * (1 - share));
        // Both ways err low rather than high: blocks cut correlations off, and so does the sum.
        return n / Math.Max(memory, inflation);
    }

    /// <summary>The integrated autocorrelation time of exceeding, and the standard error it has by chance alone.</summary>
    private static (double Time, double Noise) Memory(int[] over, double share)
    {
        int n = over.Length - 1;
        double variance = share * (1 - share);
        List<int> places = [.. Enumerable.Range(0, n).Where(at => over[at + 1] > over[at])];
        double time = 1;
        int lag = 1;
        for (; lag <= Math.Min(n / FewestBlocks, LongestMemory); lag++)
        {
            int both = 0;
            foreach (int at in places)
            {
                if (at + lag < n && over[at + lag + 1] > over[at + lag])
                    both++;
            }

            time += 2 * (((double)both / (n - lag)) - (share * share)) / variance;
            if (lag >= Window * time)
                break;
        }

        return (time, 2 * Math.Sqrt((double)lag / n));
    }

    /// <summary>Variance of a sample, as the means of all blocks of one length show it.</summary>
    private static double BlockVariance(int[] over, double share, int block)
    {
        int blocks = over.Length - block;
        double sum = 0;
        for (int from = 0; from < blocks; from++)
        {
            double deviation = over[from + block] - over[from] - (share * block);
            sum += deviation * deviation;
        }

        return sum / blocks / block;
    }
}
