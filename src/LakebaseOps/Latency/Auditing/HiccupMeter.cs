using System.Diagnostics;

namespace LakebaseOps.Latency.Auditing;

/// <summary>
/// A thread that sleeps for a millisecond again and again and notes how late it wakes (the method of jHiccup). What keeps it
/// from running, a busy machine, a collection or a stopped process, keeps requests from being sent and timed as well.
/// </summary>
internal sealed class HiccupMeter
{
    private const int SleepMs = 1;

    // Lateness of a millisecond counts as a stall; less is the grain of the system's timers.
    private static readonly long StallNanoseconds = 1_000_000;

    private Thread? _thread;
    private volatile bool _stops;
    // The shortest sleep seen is what one takes on this system when nothing disturbs it.
    private long _shortest = long.MaxValue;
    private long _stalled;

    /// <summary>Lateness of each sleep, nanoseconds; read only while stopped.</summary>
    public LatencyHistogram Lateness { get; } = new();

    /// <summary>Time lost to stalls; read only while stopped.</summary>
    public TimeSpan Stalled => TimeSpan.FromMicroseconds(_stalled / 1e3);

    /// <summary>Begins to watch.</summary>
    public void Start()
    {
        _stops = false;
        _thread = new Thread(Watch) { IsBackground = true, Name = "LakebaseOps hiccups" };
        _thread.Start();
    }

    /// <summary>Ends it; the last sleep counts.</summary>
    public void Stop()
    {
        _stops = true;
        _thread?.Join();
        _thread = null;
    }

    /// <summary>Books a sleep that took so many nanoseconds.</summary>
    internal void Book(long nanoseconds)
    {
        _shortest = Math.Min(_shortest, nanoseconds);
        long late = nanoseconds - _shortest;
        Lateness.Record(late);
        if (late >= StallNanoseconds)
            _stalled += late;
    }

    private void Watch()
    {
        long last = Stopwatch.GetTimestamp();
        while (!_stops)
        {
            Thread.Sleep(SleepMs);
            long now = Stopwatch.GetTimestamp();
            Book((long)Stopwatch.GetElapsedTime(last, now).TotalNanoseconds);
            last = now;
        }
    }
}
