using MathNet.Numerics.Distributions;

namespace LakebaseOps.Latency.Statistics;

/// <summary>Whether one sample tends to larger values than another, without any assumption on their shape.</summary>
internal static class MannWhitney
{
    // The exact distribution is counted up to this many values on each side.
    private const int Exact = 40;

    /// <summary>The two-sided probability of a shift at least this clear by chance (Mann and Whitney, 1947).</summary>
    /// <param name="first">Independent values, e.g. the medians of rounds.</param>
    /// <param name="second">Independent values.</param>
    public static double P(IReadOnlyList<double> first, IReadOnlyList<double> second)
    {
        double u = first.Sum(one => second.Sum(other => other > one ? 1 : other == one ? 0.5 : 0));
        int m = first.Count;
        int n = second.Count;
        double least = Math.Min(u, ((double)m * n) - u);
        double[] ties = [.. first.Concat(second).GroupBy(value => value).Select(same => (double)same.Count())];
        if (ties.All(count => count == 1) && m <= Exact && n <= Exact)
            return Math.Min(1, 2 * Below(m, n, (int)least));
        double all = m + n;
        double variance = m * n / 12.0 * (all + 1 - (ties.Sum(count => (count * count * count) - count) / (all * (all - 1))));
        // With the correction for continuity.
        return variance <= 0 ? 1 : Math.Min(1, 2 * Normal.CDF(0, 1, (least + 0.5 - (m * n / 2.0)) / Math.Sqrt(variance)));
    }

    /// <summary>
    /// Cliff's delta: the chance that a request of the second is slower than one of the first, less the chance that it is
    /// faster; from -1 to 1, 0 for none.
    /// </summary>
    public static double Delta(LatencyHistogram first, LatencyHistogram second)
    {
        if (first.Count == 0 || second.Count == 0)
            return 0;
        (long UpTo, long Count)[] one = [.. first.Buckets()];
        double sum = 0;
        int at = 0;
        double below = 0;
        foreach ((long upTo, long count) in second.Buckets())
        {
            while (at < one.Length && one[at].UpTo < upTo)
                below += one[at++].Count;
            double equal = at < one.Length && one[at].UpTo == upTo ? one[at].Count : 0;
            sum += count * (below - (first.Count - below - equal));
        }

        return sum / ((double)first.Count * second.Count);
    }

    /// <summary>Probability that U is at most a value, for samples of the same distribution without ties.</summary>
    internal static double Below(int m, int n, int u)
    {
        // ways[i][k]: how many orders of i values of the first and j of the second have U = k; j grows.
        double[][] ways = [.. Enumerable.Range(0, m + 1).Select(_ => new double[(m * n) + 1])];
        foreach (double[] row in ways)
            row[0] = 1;
        for (int j = 1; j <= n; j++)
        {
            double[][] next = [.. ways.Select(row => (double[])row.Clone())];
            for (int i = 1; i <= m; i++)
            {
                // The largest of all is one of the second, which i of the first are below, or one of the first.
                for (int k = 0; k <= m * n; k++)
                    next[i][k] = (k >= i ? ways[i][k - i] : 0) + next[i - 1][k];
            }

            ways = next;
        }

        return ways[m].Take(u + 1).Sum() / ways[m].Sum();
    }
}
