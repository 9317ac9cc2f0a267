using System.Globalization;

namespace LakebaseOps.Reports;

/// <summary>Numbers for people: invariant, three significant digits, always with a unit.</summary>
internal static class Quantity
{
    private static readonly string[] ByteUnits = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
    private static readonly string[] CountUnits = ["", " k", " M", " G", " T"];

    /// <summary>Milliseconds.</summary>
    public static string Ms(double value) => $"{Significant(value)} ms";

    /// <summary>Microseconds, as milliseconds from 1,000 on.</summary>
    public static string Us(double value) => Math.Abs(value) >= 1000 ? Ms(value / 1000) : $"{Significant(value)} µs";

    /// <summary>A count, every digit.</summary>
    public static string Count(double value) => value.ToString("#,##0", CultureInfo.InvariantCulture);

    /// <summary>A count for an axis or a tile: 1.23 M.</summary>
    public static string Short(double value) => Scaled(value, 1000, CountUnits, "");

    /// <summary>Bytes in binary units.</summary>
    public static string Bytes(double value) => Scaled(value, 1024, ByteUnits, " ");

    /// <summary>Events per second.</summary>
    public static string Rate(double value) => $"{(Math.Abs(value) >= 1000 ? Count(value) : Significant(value))}/s";

    /// <summary>A share of one as percent; 100 % and 0 % only when it is exactly so.</summary>
    public static string Share(double value)
    {
        double percent = value * 100;
        string text = Math.Abs(percent) >= 99.95 || Math.Abs(percent) < 1
            ? percent.ToString("0.###", CultureInfo.InvariantCulture)
            : percent.ToString("0.#", CultureInfo.InvariantCulture);
        return (text, percent) switch
        {
            ("100", < 100) => "> 99.999 %",
            ("0", > 0) => "< 0.001 %",
            _ => $"{text} %",
        };
    }

    /// <summary>A ratio: 2.35×.</summary>
    public static string Ratio(double value) => $"{Significant(value)}×";

    /// <summary>A length of time given in seconds.</summary>
    public static string Seconds(double value) => Math.Abs(value) switch
    {
        0 => "0 s",
        < 1 => Ms(value * 1000),
        < 120 => $"{Significant(value)} s",
        < 7200 => $"{Whole(value / 60)} min {Whole(value % 60)} s",
        _ => $"{Whole(value / 3600)} h {Whole(value % 3600 / 60)} min",
    };

    /// <summary>A moment.</summary>
    public static string Time(DateTimeOffset value) =>
        value.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>An interval of milliseconds.</summary>
    public static string Interval(ConfidenceInterval value) => $"{Significant(value.LowMs)} – {Significant(value.HighMs)} ms";

    /// <summary>"1 table", "30 tables".</summary>
    public static string Plural(long count, string noun, string? several = null) =>
        $"{Count(count)} {(count == 1 ? noun : several ?? noun + "s")}";

    /// <summary>Three significant digits without exponent; four or more before the point are all shown.</summary>
    public static string Significant(double value)
    {
        if (!double.IsFinite(value))
            throw ReportFault.NotFinite();
        if (value == 0)
            return "0";
        int decimals = Math.Clamp(2 - (int)Math.Floor(Math.Log10(Math.Abs(value))), 0, 6);
        // What rounds to nothing has no sign: to add zero takes it from a negative zero.
        return (Math.Round(value, decimals) + 0.0).ToString("#,##0." + new string('0', decimals), CultureInfo.InvariantCulture);
    }

    /// <summary>A number of an axis: no more digits than it needs.</summary>
    public static string Tick(double value) => (Math.Round(value, 6) + 0.0).ToString("#,##0.######", CultureInfo.InvariantCulture);

    private static string Whole(double value) => Math.Floor(value).ToString("0", CultureInfo.InvariantCulture);

    private static string Scaled(double value, double step, string[] units, string space)
    {
        int unit = 0;
        // 999.6 would print as 1000 of the smaller unit.
        while (Math.Abs(value) >= step - (step / 2000) && unit < units.Length - 1)
        {
            value /= step;
            unit++;
        }

        string number = unit == 0
            ? value.ToString("#,##0.##", CultureInfo.InvariantCulture)
            : Significant(value);
        return number.Contains('.', StringComparison.Ordinal)
            ? $"{number.TrimEnd('0').TrimEnd('.')}{space}{units[unit]}"
            : $"{number}{space}{units[unit]}";
    }
}
