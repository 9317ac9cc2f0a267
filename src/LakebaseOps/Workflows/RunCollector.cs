namespace LakebaseOps.Workflows;

/// <summary>Gathers what the steps of a run emit into one record, and tells whether a result is a gate that did not pass.</summary>
internal sealed class RunCollector(RunRecord start)
{
    private readonly object _gate = new();

    /// <summary>The run so far.</summary>
    public RunRecord Run { get; private set; } = start;

    /// <summary>Replaces the run by a changed one.</summary>
    public void Update(Func<RunRecord, RunRecord> change)
    {
        lock (_gate)
            Run = change(Run);
    }

    /// <summary>Files a result under its kind.</summary>
    public void Add(object result) => Update(run => result switch
    {
        BulkLoadResult load => run with { Loads = [.. run.Loads, load] },
        IndexBuildResult index => run with { Indexes = [.. run.Indexes, index] },
        TableCheck check => run with { Checks = [.. run.Checks, check] },
        HealthCheck health => run with { Health = [.. run.Health, health] },
        CacheState cache => run with { Caches = [.. run.Caches, cache] },
        LatencyResult latency => run with { Latencies = [.. run.Latencies, latency] },
        LatencyComparison comparison => run with { Comparisons = [.. run.Comparisons, comparison] },
        _ => run,
    });

    /// <summary>
    /// A failed run as a later one goes on with it: only the results of the steps before the failed one, whose own would
    /// otherwise stand beside those of its next try.
    /// </summary>
    public static RunRecord Resumed(RunRecord former)
    {
        WorkflowStepResult[] done = [.. former.Steps.TakeWhile(step => step.Status is "Passed" or "AlreadyDone")];
        return former with
        {
            Steps = done,
            Loads = Kept(former.Loads),
            Indexes = Kept(former.Indexes),
            Checks = Kept(former.Checks),
            Health = Kept(former.Health),
            Caches = Kept(former.Caches),
            Latencies = Kept(former.Latencies),
            Comparisons = Kept(former.Comparisons),
        };

        List<T> Kept<T>(IReadOnlyList<T> results) =>
            [.. results.Take(done.Sum(step => step.Results.GetValueOrDefault(typeof(T).Name)))];
    }

    /// <summary>Why a result fails its step, or null.</summary>
    public static string? Failure(object result) => result switch
    {
        TableCheck { Status: CheckStatus.Failed } check =>
            $"{check.Table}: {check.Check} failed: expected {check.Expected}, found {check.Actual}.",
        HealthCheck { Status: CheckStatus.Failed } health =>
            $"{health.Check} of {health.Target} failed: expected {health.Expected}, found {health.Actual}.",
        false => "a check failed; leave -Quiet out to see which.",
        BulkLoadResult { Status: "Failed" } load => $"{load.Table}: the load failed.",
        IndexBuildResult { Status: "Failed" } index => $"{index.Table}: the index {index.Index} failed.",
        LatencyResult { WrongResponses: > 0 } cell => $"{cell.Name}: {cell.WrongResponses} responses held wrong rows.",
        LatencyResult { SlaMet: false } cell => $"{cell.Name}, {cell.Distribution}: p99 {cell.P99Ms:0.###} ms is over {cell.SlaP99Ms:0.###} ms.",
        _ => null,
    };
}
