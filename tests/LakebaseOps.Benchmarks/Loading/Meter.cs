using System.Diagnostics;

namespace LakebaseOps.Benchmarks.Loading;

/// <summary>Measures one run: everything is read at the start and once more at the end, the clock innermost.</summary>
internal sealed class Meter(BenchServer server, bool isOwn)
{
    private Reading _start;
    private Reading _end;
    private long _startedAt;
    private TimeSpan _elapsed;
    private double? _loadAverage;

    /// <summary>True from <see cref="Stop"/> on.</summary>
    public bool HasStopped { get; private set; }

    /// <summary>Begins.</summary>
    public void Start()
    {
        // The garbage of the run before is not this one's.
        GC.Collect();
        _loadAverage = MachineTime.LoadAverage();
        _start = Read();
        _startedAt = Stopwatch.GetTimestamp();
    }

    /// <summary>Ends; a second call changes nothing.</summary>
    public void Stop()
    {
        if (HasStopped)
            return;
        _elapsed = Stopwatch.GetElapsedTime(_startedAt);
        _end = Read();
        HasStopped = true;
    }

    /// <summary>The figures of the run.</summary>
    public RunFigures Figures(string contest, string contender, int round, int place, long rows)
    {
        TimeSpan? client = _end.Client - _start.Client;
        TimeSpan? serverTime = _end.Server - _start.Server;
        TimeSpan? others = _end.Machine - _start.Machine - client - serverTime;
        return new RunFigures
        {
            Contest = contest,
            Contender = contender,
            Round = round,
            Place = place,
            Rows = rows,
            Seconds = _elapsed.TotalSeconds,
            ClientNanoseconds = client?.TotalNanoseconds / rows,
            ServerNanoseconds = serverTime?.TotalNanoseconds / rows,
            WalBytes = (double)(_end.Wal - _start.Wal) / rows,
            AllocatedBytes = isOwn ? (double)(_end.Allocated - _start.Allocated) / rows : null,
            LoadAverage = _loadAverage,
            OthersShare = others is TimeSpan time ? Math.Max(0, time / _elapsed / Environment.ProcessorCount) : null,
        };
    }

    private Reading Read() => new(
        server.WalPosition(),
        ProcessTime.Tree(server.ProcessId),
        MachineTime.Busy(),
        isOwn ? Environment.CpuUsage.TotalTime : ProcessTime.EndedChildren(),
        GC.GetTotalAllocatedBytes(precise: true));

    private readonly record struct Reading(long Wal, TimeSpan? Server, TimeSpan? Machine, TimeSpan? Client, long Allocated);
}
