using System.Diagnostics;
using System.Globalization;
using LakebaseOps.Operations;

namespace LakebaseOps.Dumps.Restoring;

/// <summary>Rows and bytes of a restore as they come, over all and for each table.</summary>
/// <param name="activity">What the progress is of.</param>
/// <param name="total">Bytes in all, as far as the source knows.</param>
/// <param name="sink">Hears of it.</param>
internal sealed class RestoreMeter(string activity, long total, IOperationSink sink)
{
    private const int IntervalMs = 200;

    private readonly long _start = Stopwatch.GetTimestamp();
    private long _rows;
    private long _bytes;
    private long _next;

    /// <summary>What the progress is of.</summary>
    public string Activity => activity;

    /// <summary>Rows that are there already.</summary>
    public void Before(long rows, long bytes)
    {
        Interlocked.Add(ref _rows, rows);
        Interlocked.Add(ref _bytes, bytes);
    }

    /// <summary>Bytes of a table that were sent.</summary>
    public void Add(TableName table, long rows, long bytes)
    {
        long allRows = Interlocked.Add(ref _rows, rows);
        long allBytes = Interlocked.Add(ref _bytes, bytes);
        long now = Environment.TickCount64;
        long next = Interlocked.Read(ref _next);
        if (now < next || Interlocked.CompareExchange(ref _next, now + IntervalMs, next) != next)
            return;
        double seconds = Stopwatch.GetElapsedTime(_start).TotalSeconds;
        double share = total > 0 ? Math.Min(1, (double)allBytes / total) : 0;
        sink.Report(new OperationProgress(activity, string.Create(CultureInfo.InvariantCulture,
            $"rows of {table}: {allRows:N0} rows, {allBytes / 1e6:N0} MB in all, {allBytes / 1e6 / Math.Max(0.001, seconds):N0} MB/s"))
        {
            Percent = total > 0 ? share * 100 : null,
            Remaining = share is > 0.01 ? TimeSpan.FromSeconds(seconds * (1 - share) / share) : null,
        });
    }

    /// <summary>Something else that is going on.</summary>
    public void Say(string status) => sink.Report(new OperationProgress(activity, status));

    /// <summary>The end of it.</summary>
    public void Complete() => sink.Report(new OperationProgress(activity, "") { IsCompleted = true });
}
