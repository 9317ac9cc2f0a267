using System.Globalization;
using LakebaseOps.Operations;

namespace LakebaseOps.Indexing;

/// <summary>Adds up how far the builds of one command are, each by the time it is expected to take.</summary>
internal sealed class BuildMeter
{
    private readonly object _gate = new();
    private readonly Dictionary<string, (double Weight, double Share)> _builds = [];
    private readonly DateTimeOffset _startedAt = DateTimeOffset.UtcNow;
    private readonly string _activity;
    private readonly int _tables;
    private readonly TimeSpan? _estimate;
    private readonly IOperationSink _sink;
    private int _done;
    private bool _ended;

    /// <summary>Begins to measure.</summary>
    /// <param name="activity">Activity of all builds together.</param>
    /// <param name="tables">Tables that are worked through.</param>
    /// <param name="builds">Builds to be done, each with the time it is expected to take in any unit.</param>
    /// <param name="estimate">What the plan says of all together; null without one.</param>
    /// <param name="sink">Receives the reports.</param>
    public BuildMeter(string activity, int tables, IEnumerable<(string Build, double Weight)> builds, TimeSpan? estimate, IOperationSink sink)
    {
        (_activity, _tables, _estimate, _sink) = (activity, tables, estimate, sink);
        foreach ((string build, double weight) in builds)
            _builds[build] = (Math.Max(weight, 1e-6), 0);
    }

    /// <summary>What a build is known by.</summary>
    public static string Key(TableName table, string index) => $"{table.ToSql()} {TableName.Quote(index)}";

    /// <summary>Notes how far a build is, 0 to 1; one that was not to be done does not count.</summary>
    public void Set(string build, double share)
    {
        lock (_gate)
        {
            if (_builds.TryGetValue(build, out (double Weight, double Share) one))
                _builds[build] = one with { Share = Math.Clamp(share, one.Share, 1) };
        }
    }

    /// <summary>Notes that a table is done.</summary>
    public void TableDone()
    {
        lock (_gate)
            _done++;
        Report();
    }

    /// <summary>Reports how far all of them are.</summary>
    public void Report() => Report(isCompleted: false);

    /// <summary>Reports for the last time.</summary>
    public void End() => Report(isCompleted: true);

    private void Report(bool isCompleted)
    {
        // Reported in here, so that no older figure follows a newer one.
        lock (_gate)
        {
            if (_ended)
                return;
            _ended = isCompleted;
            double weight = _builds.Values.Sum(one => one.Weight);
            double over = _builds.Values.Sum(one => one.Weight * one.Share);
            double percent = weight > 0 ? 100 * over / weight : 100.0 * _done / Math.Max(1, _tables);
            string indexes = weight > 0
                ? string.Create(CultureInfo.InvariantCulture, $", {_builds.Values.Count(one => one.Share >= 1)} of {_builds.Count} indexes") : "";
            _sink.Report(new OperationProgress(_activity, $"{_done} of {_tables} tables{indexes}")
            {
                Percent = percent,
                Remaining = isCompleted || weight == 0 ? null : IndexProgress.Left(DateTimeOffset.UtcNow - _startedAt, percent, _estimate),
                IsCompleted = isCompleted,
            });
        }
    }
}
