using LakebaseOps.Latency;
using LakebaseOps.Latency.Histograms;
using LakebaseOps.Latency.Statistics;
using MathNet.Numerics.Distributions;

namespace LakebaseOps.Tests.Latency.Statistics;

/// <summary>
/// Latencies whose true distribution is known: a normal series with a memory, bent into the shape wanted. Nanoseconds
/// with a median of one millisecond.
/// </summary>
/// <param name="Memory">Correlation of a request's (normal) value with the one before, 0 for none.</param>
/// <param name="HeavyTail">True for a Pareto tail with exponent 3, false for a lognormal shape.</param>
public sealed record Simulation(double Memory, bool HeavyTail)
{
    private const double Median = 1e6;
    private const double Spread = 0.3;

    /// <summary>The true quantile.</summary>
    public double Quantile(double p) => Shape(Normal.InvCDF(0, 1, p));

    /// <summary>A series of nanoseconds.</summary>
    internal float[] Series(int length, ref SeededRandom random)
    {
        float[] series = new float[length];
        double z = Gauss(ref random);
        double fresh = Math.Sqrt(1 - (Memory * Memory));
        for (int at = 0; at < length; at += 2)
        {
            // Box and Muller give two at a time.
            double radius = fresh * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()));
            (double sine, double cosine) = Math.SinCos(2 * Math.PI * random.NextDouble());
            series[at] = (float)Shape(z);
            z = (Memory * z) + (radius * sine);
            if (at + 1 < length)
                series[at + 1] = (float)Shape(z);
            z = (Memory * z) + (radius * cosine);
        }

        return series;
    }

    /// <summary>A measured cell: rounds that differ a little as a whole, and everything slower by a factor.</summary>
    internal LatencyResult Cell(int rounds, int requests, double factor, ref SeededRandom random)
    {
        List<LatencyRound> made = [];
        for (int round = 0; round < rounds; round++)
        {
            double shift = factor * Math.Exp(0.005 * Gauss(ref random));
            LatencyHistogram histogram = new();
            foreach (float time in Series(requests, ref random))
                histogram.Record((long)(time * shift));
            made.Add(new LatencyRound(requests, Convert.ToBase64String(HistogramCodec.Encode(histogram))));
        }

        return new LatencyResult
        {
            Mode = FeatureMode.Batch, Distribution = "Uniform", Loop = "closed loop, 1 client", Requests = rounds * requests, Rounds = made,
        };
    }

    internal static LatencyComparison Compare(LatencyResult baseline, LatencyResult cell, params double[] percentiles) =>
        CellComparison.Of([(baseline, cell)], percentiles, margin: 0.03, paired: false)[0];

    private static double Gauss(ref SeededRandom random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private double Shape(double z) => Median * (HeavyTail
        ? Math.Pow(2 * (1 - Normal.CDF(0, 1, z)), -1.0 / 3)
        : Math.Exp(Spread * z));
}
