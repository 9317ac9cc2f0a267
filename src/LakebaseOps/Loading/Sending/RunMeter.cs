using System.Diagnostics;
using LakebaseOps.Operations;

namespace LakebaseOps.Loading.Sending;

/// <summary>
/// The sum over all tables of one call. Each weighs as many bytes as its load is expected to occupy; where that is not known of
/// every table, they weigh the bytes of their input, or else the same.
/// </summary>
internal sealed class RunMeter
{
    private readonly IReadOnlyList<LoadPlan> _plans;
    private readonly IOperationSink _sink;
    private readonly double[] _weights;
    private readonly bool _isWeighed;
    private readonly long? _allRows;
    private readonly long _start = Stopwatch.GetTimestamp();
    private int _number;
    private LoadMeter? _now;

    // Of the tables that are through: rows in them, what this call has sent, and the weight that it has worked off itself.
    private long _rows;
    private long _rowsSent;
    private long _bytesSent;
    private double _earned;

    public RunMeter(IReadOnlyList<LoadPlan> plans, IOperationSink sink)
    {
        (_plans, _sink) = (plans, sink);
        Func<LoadPlan, long?>? weight = new Func<LoadPlan, long?>[] { plan => plan.PlannedBytes, plan => plan.Source.TotalBytes, plan => plan.Source.TotalRows }
            .FirstOrDefault(one => plans.All(plan => one(plan) is not null) && plans.Any(plan => one(plan) > 0));
        _isWeighed = weight is not null;
        _weights = [.. plans.Select(plan => (double)(weight?.Invoke(plan) ?? 1))];
        _allRows = plans.All(plan => plan.Source.TotalRows is not null) ? plans.Sum(plan => plan.Source.TotalRows) : null;
        Activity = $"Loading {plans.Count} tables";
    }

    /// <summary>What the progress is of.</summary>
    public string Activity { get; }

    /// <summary>Begins the next table.</summary>
    public void Begin(int number)
    {
        (_number, _now) = (number, null);
        _sink.Report(Progress());
    }

    /// <summary>The table that is loaded now has come further.</summary>
    public void Report(LoadMeter now)
    {
        _now = now;
        _sink.Report(Progress());
    }

    /// <summary>The table is through, loaded or not.</summary>
    /// <param name="result">What became of it; null when it failed.</param>
    public void End(BulkLoadResult? result)
    {
        _rows += result?.Rows ?? 0;
        if (_now is not { } meter)
            return;
        _rowsSent += meter.Rows;
        _bytesSent += meter.Bytes;
        if (result is { Status: "Loaded" })
            _earned += _weights[_number] * (1 - (meter.ShareBefore ?? 0));
        _now = null;
    }

    /// <summary>All tables are through, or the call has failed.</summary>
    public void Complete() => _sink.Report(new OperationProgress(Activity, "") { IsCompleted = true });

    private OperationProgress Progress()
    {
        double seconds = Stopwatch.GetElapsedTime(_start).TotalSeconds;
        double share = Math.Clamp(_now?.Share ?? 0, 0, 1);
        double done = _weights.Take(_number).Sum() + (_weights[_number] * share);
        double all = _weights.Sum();
        double earned = _earned + (_weights[_number] * Math.Max(0, share - (_now?.ShareBefore ?? 0)));
        double left = (all - done) / earned * seconds;
        long rows = _rows + (_now?.AllRows ?? 0);
        string of = _allRows is long wanted ? $" of {wanted:N0}" : "";
        long rowsSent = _rowsSent + (_now?.Rows ?? 0);
        long bytesSent = _bytesSent + (_now?.Bytes ?? 0);
        string rates = rowsSent == 0 ? "" : $", {rowsSent / seconds:N0} rows/s, {bytesSent / 1e6 / seconds:N0} MB/s";
        return new OperationProgress(
            Activity, $"{_number} of {_plans.Count} done, now {_plans[_number].Table}; {rows:N0}{of} rows, {bytesSent / 1e6:N0} MB{rates}")
        {
            Percent = Math.Clamp(100 * done / all, 0, 100),
            Remaining = _isWeighed && double.IsFinite(left) && left is >= 0 and < 1e7 ? TimeSpan.FromSeconds(left) : null,
        };
    }
}
