using System.Diagnostics;
using System.Globalization;
using LakebaseOps.Operations;
using LakebaseOps.Reports;

namespace LakebaseOps.Dumps.Restoring;

/// <summary>How far a restore is, over all and for each table. A table weighs its bytes once for each time that something goes through them.</summary>
internal sealed class RestoreMeter
{
    private const int IntervalMs = 200;
    private const int MostMilestones = 100;

    private readonly object _lock = new();
    private readonly Dictionary<TableName, Part> _parts = [];
    private readonly Part _all;
    private readonly IOperationSink _sink;
    private readonly long _start = Stopwatch.GetTimestamp();
    private (long Bytes, long Rows, double Done) _before;
    private long _next;

    /// <summary>A progress of which nothing is known yet.</summary>
    /// <param name="activity">What it is of.</param>
    /// <param name="sink">Hears of it.</param>
    public RestoreMeter(string activity, IOperationSink sink) => (_all, _sink) = (new Part(activity), sink);

    /// <summary>A table is to come.</summary>
    /// <param name="table">The table.</param>
    /// <param name="weight">How much work it is, in bytes.</param>
    public void Expect(TableName table, double weight)
    {
        lock (_lock)
        {
            _parts.Add(table, new Part($"Restoring {table}") { Weight = weight });
            _all.Weight += weight;
        }
    }

    /// <summary>Rows of a table have come, or, less than none, must come again.</summary>
    /// <param name="table">The table.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="bytes">Bytes.</param>
    /// <param name="weight">What of the table's work that is.</param>
    /// <param name="before">True for what an earlier call has done, which tells nothing about this one's speed.</param>
    public void Add(TableName table, long rows, long bytes, double weight, bool before = false)
    {
        lock (_lock)
        {
            Part part = _parts[table];
            Count(part, rows, bytes, weight);
            if (before)
                _before = (_before.Bytes + bytes, _before.Rows + rows, _before.Done + weight);
            long now = Environment.TickCount64;
            if (now < _next)
                return;
            _next = now + IntervalMs;
            Tell(part, "rows", $"rows of {table}");
        }
    }

    /// <summary>Something else that is done with a table: index, proof, vacuum.</summary>
    /// <param name="table">The table.</param>
    /// <param name="phase">What it is.</param>
    public void Say(TableName table, string phase)
    {
        lock (_lock)
            Tell(_parts[table], phase, $"{phase} of {table}");
    }

    /// <summary>What was going on with a table is done.</summary>
    public void Done(TableName table, double weight, bool before = false)
    {
        lock (_lock)
        {
            Count(_parts[table], 0, 0, weight);
            if (before)
                _before.Done += weight;
        }
    }

    /// <summary>Nothing is left to do with a table.</summary>
    public void End(TableName table, RestoreStep sent)
    {
        lock (_lock)
        {
            // What was sent twice, as the answer to a commit was lost, counts once in the end.
            Part part = _parts[table];
            Count(part, sent.Rows - part.Rows, sent.Bytes - part.Bytes, part.Weight - part.Done);
            part.IsEnd = true;
            string status = $"{part.Rows.ToString("N0", CultureInfo.InvariantCulture)} rows, {Quantity.Bytes(part.Bytes)}";
            _sink.Report(new OperationProgress(part.Activity, status) { Parent = _all.Activity, Percent = 100, IsCompleted = true });
            if (_parts.Count <= MostMilestones)
                _sink.Milestone($"{part.Activity}: {status}");
        }
    }

    /// <summary>Something that is no single table's: definitions, foreign keys, the swap.</summary>
    public void Say(string phase)
    {
        lock (_lock)
            Tell(null, phase, phase);
    }

    /// <summary>The end of it, well or not.</summary>
    public void Complete()
    {
        lock (_lock)
        {
            foreach (Part part in _parts.Values.Where(part => part is { IsShown: true, IsEnd: false }))
                _sink.Report(new OperationProgress(part.Activity, "") { Parent = _all.Activity, IsCompleted = true });
            _sink.Report(new OperationProgress(_all.Activity, Status(_all, "")) { IsCompleted = true });
        }
    }

    private void Count(Part part, long rows, long bytes, double weight)
    {
        foreach (Part one in (Part[])[part, _all])
        {
            one.Rows += rows;
            one.Bytes += bytes;
            one.Done += weight;
        }
    }

    private void Tell(Part? part, string phase, string all)
    {
        double left = _all.Weight - _before.Done;
        double seconds = Stopwatch.GetElapsedTime(_start).TotalSeconds;
        double now = left <= 0 ? 1 : Math.Clamp((_all.Done - _before.Done) / left, 0, 1);
        _sink.Report(new OperationProgress(_all.Activity, Status(_all, $"{all}: "))
        {
            Percent = _all.Weight > 0 ? 100 * Share(_all) : null,
            Remaining = now is > 0.01 && _all.Weight > 0 ? TimeSpan.FromSeconds(seconds / now * (1 - now)) : null,
        });
        if (part is not { IsEnd: false })
            return;
        part.IsShown = true;
        _sink.Report(new OperationProgress(part.Activity, Status(part, $"{phase}: ")) { Parent = _all.Activity, Percent = 100 * Share(part) });
    }

    private static double Share(Part part) => part.Weight <= 0 ? 1 : Math.Clamp(part.Done / part.Weight, 0, 1);

    private string Status(Part part, string phase)
    {
        string status = string.Create(CultureInfo.InvariantCulture, $"{phase}{part.Rows:N0} rows, {Quantity.Bytes(part.Bytes)}");
        if (part != _all)
            return status;
        double seconds = Math.Max(1e-3, Stopwatch.GetElapsedTime(_start).TotalSeconds);
        return string.Create(CultureInfo.InvariantCulture,
            $"{status}, {(part.Rows - _before.Rows) / seconds:N0} rows/s, {Quantity.Bytes((part.Bytes - _before.Bytes) / seconds)}/s");
    }

    private sealed class Part(string activity)
    {
        public string Activity { get; } = activity;

        public double Weight { get; set; }

        public double Done { get; set; }

        public long Bytes { get; set; }

        public long Rows { get; set; }

        public bool IsShown { get; set; }

        public bool IsEnd { get; set; }
    }
}
