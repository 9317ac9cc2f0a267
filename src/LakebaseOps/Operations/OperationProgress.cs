namespace LakebaseOps.Operations;

/// <summary>How far an activity is.</summary>
/// <param name="Activity">What is going on, e.g. "Loading public.orders"; also its identity.</param>
/// <param name="Status">Counts and rate, e.g. "1,200,000 of 3,000,000 rows, 950,000 rows/s".</param>
public sealed record OperationProgress(string Activity, string Status)
{
    /// <summary>Activity this one is a part of.</summary>
    public string? Parent { get; init; }

    /// <summary>0 to 100; null when the end is not known.</summary>
    public double? Percent { get; init; }

    /// <summary>Estimated time left.</summary>
    public TimeSpan? Remaining { get; init; }

    /// <summary>True for the last report of the activity.</summary>
    public bool IsCompleted { get; init; }
}
