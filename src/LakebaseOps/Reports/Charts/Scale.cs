namespace LakebaseOps.Reports.Charts;

/// <summary>Maps values to places along an axis.</summary>
/// <param name="Low">Value at <paramref name="From"/>.</param>
/// <param name="High">Value at <paramref name="To"/>.</param>
/// <param name="From">Place of the low end.</param>
/// <param name="To">Place of the high end.</param>
internal abstract record Scale(double Low, double High, double From, double To)
{
    /// <summary>The place of a value; values beyond the ends stay at the ends.</summary>
    public double Map(double value) => From + (Math.Clamp(Position(value), 0, 1) * (To - From));

    /// <summary>Round values to mark, about as many as asked for.</summary>
    public abstract IReadOnlyList<double> Ticks(int wanted);

    /// <summary>0 at the low end, 1 at the high end.</summary>
    protected abstract double Position(double value);
}

/// <summary>Equal steps for equal differences.</summary>
internal record LinearScale(double Low, double High, double From, double To) : Scale(Low, High, From, To)
{
    /// <summary>From zero to a round value at or above the largest.</summary>
    public static LinearScale FromZero(double largest, double from, double to, int wanted = 5)
    {
        double high = largest > 0 ? largest : 1;
        double step = Step(high / wanted);
        return new LinearScale(0, Math.Ceiling((high / step) - 1e-9) * step, from, to);
    }

    /// <inheritdoc />
    public override IReadOnlyList<double> Ticks(int wanted)
    {
        double step = StepOf((High - Low) / wanted);
        List<double> ticks = [];
        for (double at = Math.Ceiling((Low / step) - 1e-9); at * step <= High + (step * 1e-9); at++)
            ticks.Add(Math.Round(at * step, 9) + 0.0);
        return ticks;
    }

    /// <summary>The step that is at least this wide and reads well.</summary>
    protected virtual double StepOf(double least) => Step(least);

    /// <inheritdoc />
    protected override double Position(double value) => High > Low ? (value - Low) / (High - Low) : 0;

    private static double Step(double least)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(least)));
        return (least / power) switch
        {
            <= 1.0000001 => power,
            <= 2.0000001 => 2 * power,
            <= 5.0000001 => 5 * power,
            _ => 10 * power,
        };
    }
}

/// <summary>Seconds since a beginning, marked at steps that clocks have.</summary>
internal sealed record TimeScale(double Low, double High, double From, double To) : LinearScale(Low, High, From, To)
{
    private static readonly double[] ClockSteps =
        [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400];

    /// <summary>From zero to a whole step at or above the longest.</summary>
    public static TimeScale Covering(double seconds, double from, double to, int wanted = 6)
    {
        double high = seconds > 0 ? seconds : 1;
        double step = Clock(high / wanted);
        return new TimeScale(0, Math.Ceiling((high / step) - 1e-9) * step, from, to);
    }

    /// <summary>How a tick is written: seconds, then minutes, then hours.</summary>
    public string Label(double seconds) => High switch
    {
        <= 120 => $"{Quantity.Tick(seconds)} s",
        <= 7200 => $"{Quantity.Tick(Math.Round(seconds / 60, 2))} min",
        _ => $"{Quantity.Tick(Math.Round(seconds / 3600, 2))} h",
    };

    /// <inheritdoc />
    protected override double StepOf(double least) => Clock(least);

    private static double Clock(double least)
    {
        if (least < 0.5)
        {
            double power = Math.Pow(10, Math.Ceiling(Math.Log10(least)));
            return power / 5 >= least ? power / 5 : power / 2 >= least ? power / 2 : power;
        }

        return ClockSteps.FirstOrDefault(step => step >= least - 1e-9, Math.Ceiling(least / 86400) * 86400);
    }
}

/// <summary>Equal steps for equal ratios.</summary>
internal sealed record LogScale(double Low, double High, double From, double To) : Scale(Low, High, From, To)
{
    private static readonly double[][] Mantissas = [[1, 2, 3, 5, 7], [1, 2, 5], [1, 3], [1]];

    /// <summary>Covers positive values with a little room on both sides.</summary>
    public static LogScale Covering(IEnumerable<double> values, double from, double to)
    {
        double[] positive = [.. values.Where(value => value > 0 && double.IsFinite(value))];
        if (positive.Length == 0)
            return new LogScale(0.1, 10, from, to);
        double low = positive.Min() / 1.08, high = positive.Max() * 1.08;
        // Less than a factor of two would leave an axis without two round ticks.
        double widen = Math.Max(1, Math.Sqrt(2.2 / (high / low)));
        return new LogScale(low / widen, high * widen, from, to);
    }

    /// <inheritdoc />
    public override IReadOnlyList<double> Ticks(int wanted)
    {
        List<double> ticks = [];
        foreach (double[] mantissas in Mantissas)
        {
            ticks = At(mantissas);
            if (ticks.Count <= wanted)
                break;
        }

        int every = (ticks.Count + wanted - 1) / wanted;
        return every <= 1 ? ticks : [.. ticks.Where((_, index) => index % every == 0)];
    }

    /// <inheritdoc />
    protected override double Position(double value) =>
        value <= 0 ? 0 : Math.Log(value / Low) / Math.Log(High / Low);

    private List<double> At(double[] mantissas)
    {
        List<double> ticks = [];
        for (int power = (int)Math.Floor(Math.Log10(Low)); power <= Math.Ceiling(Math.Log10(High)); power++)
        {
            foreach (double mantissa in mantissas)
            {
                double tick = Math.Round(mantissa * Math.Pow(10, power), Math.Max(0, 3 - power));
                if (tick >= Low && tick <= High)
                    ticks.Add(tick);
            }
        }

        return ticks;
    }
}
