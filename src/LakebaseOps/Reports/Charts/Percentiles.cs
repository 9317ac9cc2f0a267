namespace LakebaseOps.Reports.Charts;

/// <summary>Reads a cell's histogram.</summary>
internal static class Percentiles
{
    /// <summary>
    /// Samples beyond a percentile that it takes to state its 95 % interval: 368 samples for p99, 3,688 for p99.9.
    /// </summary>
    private const double TailSamples = 3.688;

    /// <summary>Samples in the histogram.</summary>
    public static long Samples(LatencyResult cell) => cell.Histogram.Sum(bucket => bucket.Count);

    /// <summary>The percentile up to which the samples suffice.</summary>
    public static double Supported(long samples) => samples <= TailSamples ? 0 : 1 - (TailSamples / samples);

    /// <summary>Points (share of requests at or below, milliseconds), rising; one for each bucket.</summary>
    public static IReadOnlyList<(double Share, double Ms)> Cumulative(LatencyResult cell)
    {
        double all = Samples(cell);
        long sum = 0;
        List<(double, double)> points = [];
        foreach (HistogramBucket bucket in cell.Histogram)
        {
            sum += bucket.Count;
            points.Add((sum / all, bucket.UpToUs / 1000));
        }

        return points;
    }

    /// <summary>The smallest bucket value that at least this share of requests did not exceed, milliseconds.</summary>
    public static double At(IReadOnlyList<(double Share, double Ms)> cumulative, double share)
    {
        foreach ((double reached, double ms) in cumulative)
        {
            if (reached >= share - 1e-12)
                return ms;
        }

        return cumulative[^1].Ms;
    }

    /// <summary>Shares of the requests that fall between the edges, one fewer than edges (milliseconds, rising).</summary>
    public static double[] Between(LatencyResult cell, IReadOnlyList<double> edges)
    {
        double[] shares = new double[edges.Count - 1];
        double all = Samples(cell);
        int at = 0;
        foreach (HistogramBucket bucket in cell.Histogram)
        {
            while (at < shares.Length - 1 && bucket.UpToUs / 1000 > edges[at + 1])
                at++;
            shares[at] += bucket.Count / all;
        }

        return shares;
    }
}
