namespace LakebaseOps.Latency;

/// <summary>
/// Draws ranks 1 to N with probability proportional to rank^-s, exactly, for any s ≥ 0 and without a table: rejection-
/// inversion after W. Hörmann and G. Derflinger, "Rejection-inversion to generate variates from monotone discrete
/// distributions", ACM TOMACS 6(3), 1996. Less than 1.5 tries are needed on average.
/// </summary>
internal sealed class ZipfSampler
{
    private readonly double _skew;
    private readonly double _integralAtStart;
    private readonly double _integralAtEnd;
    private readonly double _shortcut;

    /// <param name="count">N, at least 1.</param>
    /// <param name="skew">s; 0 draws every rank equally often.</param>
    public ZipfSampler(long count, double skew)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(skew);
        Count = count;
        _skew = skew;
        _integralAtStart = Integral(1.5) - 1;
        _integralAtEnd = Integral(count + 0.5);
        _shortcut = 2 - InverseIntegral(Integral(2.5) - Density(2));
    }

    /// <summary>N.</summary>
    public long Count { get; }

    /// <summary>A rank, 1 to N.</summary>
    public long Next(ref SeededRandom random)
    {
        while (true)
        {
            double u = _integralAtEnd + (random.NextDouble() * (_integralAtStart - _integralAtEnd));
            double x = InverseIntegral(u);
            long rank = Math.Clamp((long)(x + 0.5), 1, Count);
            // Near the point the hat touches the bars, no test is needed; else accept with the bar's share of the hat.
            if (rank - x <= _shortcut || u >= Integral(rank + 0.5) - Density(rank))
                return rank;
        }
    }

    private double Density(double x) => Math.Exp(-_skew * Math.Log(x));

    // (x^(1-s) - 1) / (1 - s), which is ln x at s = 1.
    private double Integral(double x)
    {
        double log = Math.Log(x);
        return ExpM1Over((1 - _skew) * log) * log;
    }

    private double InverseIntegral(double y)
    {
        double t = Math.Max(-1, y * (1 - _skew));
        return Math.Exp(Log1POver(t) * y);
    }

    // (e^x - 1) / x and ln(1 + x) / x, by their series where the plain forms lose digits.
    private static double ExpM1Over(double x) =>
        Math.Abs(x) > 1e-5 ? (Math.Exp(x) - 1) / x : 1 + (x / 2 * (1 + (x / 3 * (1 + (x / 4)))));

    private static double Log1POver(double x) =>
        Math.Abs(x) > 1e-5 ? Math.Log(1 + x) / x : 1 - (x * (0.5 - (x * ((1.0 / 3) - (x / 4)))));
}
