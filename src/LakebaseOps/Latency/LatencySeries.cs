using LakebaseOps.Latency.Histograms;

namespace LakebaseOps.Latency;

/// <summary>
/// One kind of time of a cell: all of it, and second by second. Seconds are encoded between blocks, so that nothing but
/// counting happens while requests are timed.
/// </summary>
/// <param name="name">Suffix of the series' tag in the log; empty for the headline series.</param>
internal sealed class LatencySeries(string name)
{
    private readonly List<(double At, double Seconds, LatencyHistogram Histogram)> _ended = [];
    private readonly Stack<LatencyHistogram> _spare = new([new LatencyHistogram(), new LatencyHistogram()]);
    private readonly List<(double At, double Seconds, long Max, byte[] Encoded)> _seconds = [];
    private readonly List<LatencyInterval> _intervals = [];
    private LatencyHistogram _second = new();

    /// <summary>All values, nanoseconds.</summary>
    public LatencyHistogram All { get; } = new();

    /// <summary>The values of the second in hand.</summary>
    public LatencyHistogram Second => _second;

    /// <summary>Seconds that ended and were sealed.</summary>
    public IReadOnlyList<LatencyInterval> Intervals => _intervals;

    /// <summary>Counts a value.</summary>
    public void Record(long nanoseconds)
    {
        All.Record(nanoseconds);
        _second.Record(nanoseconds);
    }

    /// <summary>Ends the second in hand; seconds without a value leave no entry.</summary>
    /// <param name="at">Seconds since the cell began.</param>
    /// <param name="seconds">How long it was.</param>
    public void EndSecond(double at, double seconds)
    {
        if (_second.Count == 0)
            return;
        _ended.Add((at, seconds, _second));
        _second = _spare.TryPop(out LatencyHistogram? spare) ? spare : new LatencyHistogram();
    }

    /// <summary>Encodes the seconds that ended; not while requests are timed.</summary>
    public void Seal()
    {
        foreach ((double at, double seconds, LatencyHistogram histogram) in _ended)
        {
            _seconds.Add((at, seconds, histogram.Max, HistogramCodec.Encode(histogram)));
            _intervals.Add(Interval(at, histogram));
            histogram.Clear();
            _spare.Push(histogram);
        }

        _ended.Clear();
    }

    /// <summary>A second as results hold it.</summary>
    public static LatencyInterval Interval(double at, LatencyHistogram histogram) => new(
        at, histogram.Count, histogram.ValueAt(0.5) / 1e6, histogram.ValueAt(0.99) / 1e6, histogram.Max / 1e6);

    /// <summary>The series as lines of an interval log.</summary>
    /// <param name="cell">The cell's tag.</param>
    /// <param name="started">When the cell began.</param>
    public IEnumerable<HistogramLine> Lines(string cell, DateTimeOffset started) => _seconds.Select(second => new HistogramLine(
        name.Length == 0 ? cell : $"{cell}|{name}", (started - DateTimeOffset.UnixEpoch).TotalSeconds + second.At,
        second.Seconds, second.Max, second.Encoded));
}
