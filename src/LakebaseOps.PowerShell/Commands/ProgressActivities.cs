using System.Management.Automation;
using LakebaseOps.Operations;

namespace LakebaseOps.Commands;

/// <summary>Makes progress records of reports: an id for each activity, and an end for each that was begun.</summary>
internal sealed class ProgressActivities
{
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly HashSet<string> _open = new(StringComparer.Ordinal);

    /// <summary>The record that shows a report.</summary>
    public ProgressRecord Record(OperationProgress progress)
    {
        // PowerShell refuses an empty status.
        ProgressRecord record = new(Id(progress.Activity), progress.Activity, string.IsNullOrEmpty(progress.Status) ? " " : progress.Status)
        {
            PercentComplete = progress.Percent is double percent ? (int)Math.Clamp(percent, 0, 100) : -1,
            SecondsRemaining = progress.Remaining is TimeSpan left ? (int)Math.Clamp(left.TotalSeconds, 0, int.MaxValue) : -1,
            ParentActivityId = progress.Parent is null ? -1 : Id(progress.Parent),
        };
        if (progress.IsCompleted)
        {
            record.RecordType = ProgressRecordType.Completed;
            _open.Remove(progress.Activity);
        }
        else
        {
            _open.Add(progress.Activity);
        }

        return record;
    }

    /// <summary>Completed records for all activities that are still open.</summary>
    public IReadOnlyList<ProgressRecord> End()
    {
        ProgressRecord[] ends = [.. _open.Select(activity =>
            new ProgressRecord(Id(activity), activity, " ") { RecordType = ProgressRecordType.Completed })];
        _open.Clear();
        return ends;
    }

    private int Id(string activity)
    {
        if (!_ids.TryGetValue(activity, out int id))
            _ids[activity] = id = _ids.Count + 1;
        return id;
    }
}
