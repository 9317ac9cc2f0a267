namespace LakebaseOps.Latency.Histograms;

/// <summary>One line of an interval log: the values of one series in one interval.</summary>
/// <param name="Tag">The series; no comma, blank or line break.</param>
/// <param name="At">When the interval began, seconds since 1970.</param>
/// <param name="Seconds">Its length.</param>
/// <param name="Max">The largest value, nanoseconds.</param>
/// <param name="Encoded">The histogram of nanoseconds in the V2 compressed form.</param>
internal sealed record HistogramLine(string Tag, double At, double Seconds, long Max, byte[] Encoded)
{
    /// <summary>The histogram.</summary>
    /// <exception cref="FormatException">The bytes are none.</exception>
    public LatencyHistogram Histogram => HistogramCodec.Decode(Encoded);
}
