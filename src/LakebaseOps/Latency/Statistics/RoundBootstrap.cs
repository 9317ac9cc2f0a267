using MathNet.Numerics.Distributions;

namespace LakebaseOps.Latency.Statistics;

/// <summary>The ratio of two measurements' quantiles.</summary>
/// <param name="Ratio">Second over first.</param>
/// <param name="Low">Lower end of the 95 % interval.</param>
/// <param name="High">Upper end of the 95 % interval.</param>
/// <param name="P">Probability of a ratio at least so far from 1 if there were no difference.</param>
internal readonly record struct QuantileRatio(double Ratio, double Low, double High, double P);

/// <summary>
/// Compares quantiles of two measurements that were taken in rounds. Requests of one round share their neighbours, their
/// caches and the state of the machine, so rounds are what is resampled, each with all its requests (the hierarchical
/// bootstrap that Davison and Hinkley, Bootstrap Methods, 3.8 recommend: the upper level with replacement, the lower one
/// whole). The bootstrap's standard error of the logarithm of the ratio, corrected for few rounds, makes a t interval.
/// </summary>
internal static class RoundBootstrap
{
    /// <summary>Fewer rounds say too little about how much rounds differ.</summary>
    public const int FewestRounds = 5;

    private const int Resamples = 400;
    private const double Confidence = 0.95;

    /// <summary>The ratio second / first of a quantile.</summary>
    /// <param name="first">Rounds of the first measurement, at least <see cref="FewestRounds"/>.</param>
    /// <param name="second">Rounds of the second.</param>
    /// <param name="p">Quantile, 0 to 1 exclusive.</param>
    /// <param name="paired">True when round i of both was measured side by side.</param>
    /// <param name="seed">The same seed gives the same interval.</param>
    public static QuantileRatio Compare(
        IReadOnlyList<LatencyHistogram> first, IReadOnlyList<LatencyHistogram> second, double p, bool paired, long seed)
    {
        RoundTable one = new(first);
        RoundTable other = new(second);
        SeededRandom random = SeededRandom.For(seed, 0xB007);
        double difference = other.LogQuantile(All(second.Count), p) - one.LogQuantile(All(first.Count), p);
        double freedom = first.Count - 1;
        double error;
        if (paired && first.Count == second.Count)
        {
            error = Deviation(first.Count, ref random, rounds => other.LogQuantile(rounds, p) - one.LogQuantile(rounds, p));
        }
        else
        {
            double a = Math.Pow(Deviation(first.Count, ref random, rounds => one.LogQuantile(rounds, p)), 2);
            double b = Math.Pow(Deviation(second.Count, ref random, rounds => other.LogQuantile(rounds, p)), 2);
            error = Math.Sqrt(a + b);
            // Welch and Satterthwaite.
            freedom = a + b == 0 ? freedom
                : (a + b) * (a + b) / ((a * a / (first.Count - 1)) + (b * b / (second.Count - 1)));
        }

        // The histogram knows three digits: no interval is narrower, and equal figures are equal.
        error = Math.Max(error, 1e-4);
        double reach = StudentT.InvCDF(0, 1, freedom, (1 + Confidence) / 2) * error;
        return new QuantileRatio(
            Math.Exp(difference), Math.Exp(difference - reach), Math.Exp(difference + reach),
            2 * StudentT.CDF(0, 1, freedom, -Math.Abs(difference) / error));
    }

    private static int[] All(int rounds) => [.. Enumerable.Range(0, rounds)];

    private static double Deviation(int count, ref SeededRandom random, Func<int[], double> statistic)
    {
        int[] rounds = new int[count];
        double sum = 0;
        double squares = 0;
        for (int resample = 0; resample < Resamples; resample++)
        {
            for (int round = 0; round < count; round++)
                rounds[round] = (int)random.Next(count);
            double value = statistic(rounds);
            sum += value;
            squares += value * value;
        }

        double variance = Math.Max(0, (squares - (sum * sum / Resamples)) / (Resamples - 1));
        // Resampled rounds vary by (n - 1) / n too little.
        return Math.Sqrt(variance * count / (count - 1));
    }
}
