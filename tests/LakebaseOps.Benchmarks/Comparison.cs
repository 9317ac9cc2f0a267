using System.Globalization;

namespace LakebaseOps.Benchmarks;

/// <summary>One line of a benchmark's result.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Unit">Unit of <paramref name="Ours"/> and <paramref name="Peer"/>.</param>
/// <param name="Ours">Our median over the rounds.</param>
/// <param name="Peer">The peer's median; null where there is none.</param>
/// <param name="Ratio">Ours over peer, the median of the rounds' ratios.</param>
/// <param name="RatioLow">Lower end of the ratio's 95 % interval (percentile bootstrap over rounds).</param>
/// <param name="RatioHigh">Upper end of it.</param>
/// <param name="Target">What should hold, in words; empty for a figure without a target.</param>
/// <param name="Holds">Whether it does; null without a target.</param>
internal sealed record Comparison(
    string Name, string Unit, double Ours, double? Peer, double? Ratio, double? RatioLow, double? RatioHigh, string Target, bool? Holds)
{
    private const int Resamples = 2000;

    /// <summary>A figure of our own that should not be over a limit.</summary>
    public static Comparison Figure(string name, string unit, IReadOnlyList<double> ours, double? atMost = null)
    {
        double median = Median(ours);
        return new Comparison(
            name, unit, median, null, null, null, null,
            atMost is double limit ? string.Create(CultureInfo.InvariantCulture, $"<= {limit} {unit}") : "",
            atMost is double most ? median <= most : null);
    }

    /// <summary>Ours against a peer, round by round; the target is a bound on the ratio ours / peer.</summary>
    public static Comparison Against(
        string name, string unit, IReadOnlyList<double> ours, IReadOnlyList<double> peer, double? atLeast = null, double? atMost = null)
    {
        double[] ratios = [.. ours.Zip(peer, (mine, theirs) => mine / theirs)];
        // Seeded: the same rounds give the same interval.
        Random random = new(20_261_122);
        double[] medians = [.. Enumerable.Range(0, Resamples)
            .Select(_ => Median([.. ratios.Select(_ => ratios[random.Next(ratios.Length)])])).Order()];
        double ratio = Median(ratios);
        (string target, bool? holds) = (atLeast, atMost) switch
        {
            (double least, _) => (string.Create(CultureInfo.InvariantCulture, $"ratio >= {least}"), ratio >= least),
            (_, double most) => (string.Create(CultureInfo.InvariantCulture, $"ratio <= {most}"), ratio <= most),
            _ => ("", (bool?)null),
        };
        return new Comparison(
            name, unit, Median(ours), Median(peer), ratio,
            medians[(int)(Resamples * 0.025)], medians[(int)(Resamples * 0.975)], target, holds);
    }

    /// <summary>The value in the middle.</summary>
    public static double Median(IReadOnlyList<double> values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
