namespace LakebaseOps.Latency.Statistics;

/// <summary>Many comparisons at once: the more there are, the likelier one of them looks like a difference by chance.</summary>
internal static class Holm
{
    /// <summary>
    /// The probabilities as Holm's step-down procedure (1979) adjusts them: rejecting those of at most 5 % errs in any of
    /// them with at most 5 %.
    /// </summary>
    public static double[] Adjusted(IReadOnlyList<double> probabilities)
    {
        double[] adjusted = new double[probabilities.Count];
        double least = 0;
        int left = probabilities.Count;
        foreach (int at in Enumerable.Range(0, probabilities.Count).OrderBy(at => probabilities[at]))
            adjusted[at] = least = Math.Max(least, Math.Min(1, probabilities[at] * left--));
        return adjusted;
    }
}
