using System.Globalization;

namespace LakebaseOps.Latency.Histograms;

/// <summary>
/// Interval logs as HdrHistogram's tools read them (format version 1.3): one line for each series and interval, with a
/// tag that names the series. Times are seconds since 1970, the maximum is in milliseconds.
/// </summary>
internal static class HistogramLog
{
    private const string Legend = "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"";
    private const double NanosecondsPerMillisecond = 1e6;

    /// <summary>Begins a log.</summary>
    public static void WriteHead(TextWriter log, string tool, DateTimeOffset started)
    {
        double seconds = started.ToUnixTimeMilliseconds() / 1e3;
        log.Write(string.Create(CultureInfo.InvariantCulture,
            $"#[Logged with {tool}; values are nanoseconds]\n#[Histogram log format version 1.3]\n#[StartTime: {seconds:F3} (seconds since epoch), {started.UtcDateTime:ddd MMM dd HH:mm:ss} UTC {started.UtcDateTime:yyyy}]\n{Legend}\n"));
    }

    /// <summary>Writes a line.</summary>
    public static void Write(TextWriter log, HistogramLine line) => log.Write(string.Create(CultureInfo.InvariantCulture,
        $"Tag={line.Tag},{line.At:F6},{line.Seconds:F6},{line.Max / NanosecondsPerMillisecond:F6},{Convert.ToBase64String(line.Encoded)}\n"));

    /// <summary>Text as a tag: what a tag cannot hold becomes an underscore.</summary>
    public static string Tag(string text) =>
        string.Concat(text.Select(letter => char.IsAsciiLetterOrDigit(letter) || "()./-|=".Contains(letter) ? letter : '_'));

    /// <summary>The lines of a log.</summary>
    /// <exception cref="FormatException">A line is none of a log; the message names its number.</exception>
    public static IEnumerable<HistogramLine> Read(TextReader log)
    {
        int number = 0;
        while (log.ReadLine() is string line)
        {
            number++;
            if (line.Length > 0 && line[0] is not ('#' or '"'))
                yield return Parse(line, number);
        }
    }

    private static HistogramLine Parse(string line, int number)
    {
        const string TagMark = "Tag=";
        string[] fields = line.Split(',');
        string tag = fields[0].StartsWith(TagMark, StringComparison.Ordinal) ? fields[0][TagMark.Length..] : "";
        string[] values = tag.Length > 0 ? fields[1..] : fields;
        byte[] encoded = new byte[values.Length == 4 ? values[3].Length : 0];
        if (values.Length == 4 && Try(values[0], out double at) && Try(values[1], out double seconds)
            && Try(values[2], out double max) && Convert.TryFromBase64String(values[3], encoded, out int length))
            return new HistogramLine(tag, at, seconds, (long)Math.Round(max * NanosecondsPerMillisecond), encoded[..length]);
        throw new FormatException($"line {number} is none of a histogram log");
    }

    private static bool Try(string text, out double value) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);
}
