using System.Diagnostics;
using System.Globalization;
using LakebaseOps.Dumps.Definitions;
using LakebaseOps.Operations;
using LakebaseOps.Reports;

namespace LakebaseOps.Dumps.Exporting;

/// <summary>How far a dump is: each table weighs the bytes that it takes on the server.</summary>
internal sealed class DumpProgress
{
    private const int Interval = 100;

    private readonly object _lock = new();
    private readonly Dictionary<TableName, Part> _parts;
    private readonly Part _all;
    private readonly IOperationSink _sink;
    private readonly long _start = Stopwatch.GetTimestamp();
    private long _next;

    /// <summary>A progress over what is left to do.</summary>
    public DumpProgress(string database, IReadOnlyList<ChunkWork> work, IOperationSink sink)
    {
        _sink = sink;
        _parts = work.GroupBy(one => one.Table.Table).ToDictionary(
            table => table.Key, table => new Part($"Dumping {table.Key}") { Weight = table.Sum(one => one.Bytes), Chunks = table.Count() });
        _all = new Part($"Dumping {database}") { Weight = work.Sum(one => one.Bytes), Chunks = work.Count };
    }

    /// <summary>Bytes of a chunk have come; less than none when it must be read again.</summary>
    public void Add(DumpTable table, long bytes, long weight)
    {
        lock (_lock)
        {
            foreach (Part part in (Part[])[_parts[table.Table], _all])
            {
                part.Bytes += bytes;
                part.Done += weight;
            }

            if (Environment.TickCount64 < _next)
                return;
            _next = Environment.TickCount64 + Interval;
            Report(_all, null);
            Report(_parts[table.Table], _all.Activity);
        }
    }

    /// <summary>A chunk is wholly read.</summary>
    public void End(DumpTable table, long rows)
    {
        lock (_lock)
        {
            Part part = _parts[table.Table];
            part.Rows += rows;
            _all.Rows += rows;
            if (--part.Chunks > 0)
                return;
            _sink.Report(new OperationProgress(part.Activity, Status(part)) { Parent = _all.Activity, Percent = 100, IsCompleted = true });
            if (_parts.Count <= 100)
                _sink.Milestone($"{part.Activity}: {Status(part)}");
        }
    }

    /// <summary>The dump has ended, well or not.</summary>
    public void Complete()
    {
        lock (_lock)
        {
            foreach (Part part in _parts.Values.Where(part => part.Chunks > 0))
                _sink.Report(new OperationProgress(part.Activity, Status(part)) { Parent = _all.Activity, IsCompleted = true });
            _sink.Report(new OperationProgress(_all.Activity, Status(_all)) { IsCompleted = true });
        }
    }

    private void Report(Part part, string? parent)
    {
        double share = part.Weight == 0 ? 1 : Math.Clamp((double)part.Done / part.Weight, 0, 1);
        double seconds = Stopwatch.GetElapsedTime(_start).TotalSeconds;
        _sink.Report(new OperationProgress(part.Activity, Status(part))
        {
            Parent = parent,
            Percent = 100 * share,
            Remaining = parent is null && share > 0.01 ? TimeSpan.FromSeconds(seconds / share * (1 - share)) : null,
        });
    }

    private string Status(Part part)
    {
        double seconds = Math.Max(1e-3, Stopwatch.GetElapsedTime(_start).TotalSeconds);
        return string.Create(CultureInfo.InvariantCulture,
            $"{part.Rows:N0} rows, {Quantity.Bytes(part.Bytes)}, {part.Rows / seconds:N0} rows/s, {Quantity.Bytes(part.Bytes / seconds)}/s");
    }

    private sealed class Part(string activity)
    {
        public string Activity { get; } = activity;

        public long Weight { get; init; }

        public long Done { get; set; }

        public long Bytes { get; set; }

        public long Rows { get; set; }

        public int Chunks { get; set; }
    }
}
