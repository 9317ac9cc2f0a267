using LakebaseOps.Latency.Histograms;

namespace LakebaseOps.Latency.Runs;

/// <summary>Reads the interval log of a run folder and holds it against run.json.</summary>
internal static class RunLog
{
    /// <summary>
    /// The run with histograms and seconds of its cells taken from the log. A folder without a log gives the run as it
    /// stands in run.json.
    /// </summary>
    /// <exception cref="LakebaseException">RunRecordInvalid: the log is damaged or holds other counts than run.json.</exception>
    public static RunRecord Read(string folder, RunRecord run)
    {
        string file = Path.Combine(folder, RunFolder.LogName);
        if (!File.Exists(file))
            return run;
        try
        {
            ILookup<string, HistogramLine> lines;
            using (StreamReader log = new(file))
                lines = HistogramLog.Read(log).ToLookup(line => line.Tag);
            return run with { Latencies = (LatencyResult[])[.. run.Latencies.Select(cell => lines.Contains(cell.Tag) ? Recomputed(cell, lines[cell.Tag], file) : cell)] };
        }
        catch (FormatException damaged)
        {
            throw Invalid(file, damaged.Message, damaged);
        }
        catch (IOException unreadable)
        {
            throw Invalid(file, unreadable.Message, unreadable);
        }
    }

    private static LatencyResult Recomputed(LatencyResult cell, IEnumerable<HistogramLine> lines, string file)
    {
        LatencyHistogram all = new();
        List<LatencyInterval> intervals = [];
        double started = (cell.StartedAt - DateTimeOffset.UnixEpoch).TotalSeconds;
        foreach (HistogramLine line in lines)
        {
            LatencyHistogram second = line.Histogram;
            all.Add(second);
            // Seconds begin a whole number of seconds after the cell; absolute times hold less than microseconds of that.
            // The log knows the largest value exactly, the histogram to its bucket.
            LatencyInterval interval = LatencySeries.Interval(AtSeconds(line.At - started), second);
            double most = line.Max / 1e6;
            intervals.Add(interval with { P50Ms = Math.Min(interval.P50Ms, most), P99Ms = Math.Min(interval.P99Ms, most), MaxMs = most });
        }

        HistogramBucket[] buckets = [.. all.Buckets().Select(bucket => new HistogramBucket(bucket.UpTo / 1e3, bucket.Count))];
        return buckets.SequenceEqual(cell.Histogram)
            ? cell with { Histogram = buckets, Intervals = intervals }
            : throw Invalid(file, $"its counts of {cell.Tag} are not those of run.json", null);
    }

    /// <summary>The begin of a second; one that rounding put before the cell is its first, and no negative zero.</summary>
    internal static double AtSeconds(double since) => Math.Round(since, 3) is > 0 and double seconds ? seconds : 0;

    private static LakebaseException Invalid(string file, string why, Exception? cause) => new LakebaseError(
        ErrorIds.RunRecordInvalid, LakebaseErrorKind.InvalidData, $"'{file}' does not belong to its run: {why}.")
    {
        Target = file,
        Cause = cause,
        Remedy = "Restore the folder as the measurement wrote it, or import run.json alone from another folder.",
    }.ToException();
}
