using System.Diagnostics;
using LakebaseOps.Loading.Ledger;
using LakebaseOps.Loading.Sources;
using LakebaseOps.Operations;

namespace LakebaseOps.Loading.Sending;

/// <summary>Counts what one stream has sent and what all have committed; reports rows, rate and time left.</summary>
internal sealed class LoadProgress
{
    private readonly LoadMeter _meter;
    private readonly LoadThrottle _throttle;
    private long _rows;
    private long _bytes;

    public LoadProgress(LoadMeter meter, LoadThrottle throttle) => (_meter, _throttle) = (meter, throttle);

    /// <summary>Rows and bytes of the chunk that is being sent; a place to stop at, too.</summary>
    public ValueTask SentAsync(long rows, long bytes, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        long more = bytes - _bytes;
        _meter.Add(rows - _rows, more);
        (_rows, _bytes) = (rows, bytes);
        return _throttle.SpendAsync(more, cancellationToken);
    }

    /// <summary>The chunk is in the table.</summary>
    public void Commit() => (_rows, _bytes) = (0, 0);

    /// <summary>The chunk must be sent again.</summary>
    public void Rollback()
    {
        _meter.Add(-_rows, -_bytes);
        Commit();
    }
}

/// <summary>The sum over all streams of one table.</summary>
internal sealed class LoadMeter(string activity, RunMeter? run, LoadSource source, IOperationSink sink)
{
    private const int Interval = 100;

    private long _start = Stopwatch.GetTimestamp();
    private long _rowsBefore;
    private long _bytesBefore;
    private long _rows;
    private long _bytes;
    private long _next;
    private long _rowsAtStart;
    private long _bytesAtStart;

    /// <summary>What the progress is of.</summary>
    public string Activity => activity;

    /// <summary>The activity that this one is part of.</summary>
    public string? Parent => run?.Activity;

    /// <summary>Rows sent by this call.</summary>
    public long Rows => Interlocked.Read(ref _rows);

    /// <summary>Bytes of input, or sent bytes where nothing is read.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Rows in the table, those of earlier calls and of other processes included.</summary>
    public long AllRows => Rows + _rowsBefore;

    /// <summary>How much of the input is loaded, 0 to 1; null when that is not known.</summary>
    public double? Share => ShareOf(AllRows, Bytes + _bytesBefore);

    /// <summary>The same at the beginning of this call.</summary>
    public double? ShareBefore => ShareOf(_rowsBefore, _bytesBefore);

    /// <summary>Begins, or goes on, where chunks of an earlier call or of another process are in the table.</summary>
    public void Begin(IReadOnlyList<LoadedChunk> before)
    {
        _start = Stopwatch.GetTimestamp();
        (_rowsAtStart, _bytesAtStart) = (Rows, Bytes);
        _rowsBefore = before.Sum(chunk => chunk.Rows) - Rows;
        _bytesBefore = before.Sum(chunk => chunk.Bytes) - Bytes;
        run?.Report(this);
    }

    /// <summary>Adds what was sent and reports now and then.</summary>
    public void Add(long rows, long bytes)
    {
        Interlocked.Add(ref _rows, rows);
        Interlocked.Add(ref _bytes, bytes);
        long now = Environment.TickCount64;
        long next = Interlocked.Read(ref _next);
        if (now < next || Interlocked.CompareExchange(ref _next, now + Interval, next) != next)
            return;
        sink.Report(Progress());
        run?.Report(this);
    }

    private double? ShareOf(long rows, long bytes) => source.TotalRows is > 0 and long allRows ? (double)rows / allRows
        : source.TotalBytes is > 0 and long allBytes ? (double)bytes / allBytes : null;

    private OperationProgress Progress()
    {
        double seconds = Stopwatch.GetElapsedTime(_start).TotalSeconds;
        long rows = AllRows;
        long bytes = Bytes + _bytesBefore;
        double rowsPerSecond = (Rows - _rowsAtStart) / seconds;
        double bytesPerSecond = (Bytes - _bytesAtStart) / seconds;
        double? left = source.TotalRows is > 0 and long total ? (total - rows) / rowsPerSecond
            : source.TotalBytes is > 0 and long size ? (size - bytes) / bytesPerSecond : null;
        string of = source.TotalRows is long wanted ? $" of {wanted:N0}" : "";
        return new OperationProgress(activity, $"{rows:N0}{of} rows, {bytes / 1e6:N0} MB, {rowsPerSecond:N0} rows/s, {bytesPerSecond / 1e6:N0} MB/s")
        {
            Parent = Parent,
            Percent = Share is double part ? Math.Clamp(part * 100, 0, 100) : null,
            // The first moments say nothing: connections are opened, code is compiled.
            Remaining = seconds >= 1 && left is double rest && double.IsFinite(rest) && rest >= 0 && rest < 1e7 ? TimeSpan.FromSeconds(rest) : null,
        };
    }
}
