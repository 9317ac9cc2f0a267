using LakebaseOps.Workflows;

namespace LakebaseOps.Reports;

/// <summary>Makes a run of single results, so that a report can be had without a workflow.</summary>
public static class RunAssembly
{
    /// <summary>
    /// The one run among the objects, or a new one, with all other results added. The new run's id is made of its
    /// content, so that the same results give the same report.
    /// </summary>
    /// <param name="results">Runs and results of commands.</param>
    /// <param name="toolVersion">Version of LakebaseOps, for a new run.</param>
    /// <exception cref="LakebaseException">InvalidArgument: an object that is neither, or several runs.</exception>
    public static RunRecord From(IEnumerable<object> results, string toolVersion)
    {
        ArgumentNullException.ThrowIfNull(results);
        List<object> all = [.. results];
        List<RunRecord> runs = [.. all.OfType<RunRecord>()];
        if (runs.Count > 1)
        {
            throw new LakebaseError(ErrorIds.InvalidArgument, LakebaseErrorKind.InvalidArgument,
                $"{runs.Count} runs were given, and a report is of one.")
            { Remedy = "Export each with a call and an -OutputPath of its own." }.ToException();
        }

        RunCollector collector = new(runs.FirstOrDefault() ?? new RunRecord { Id = "", Name = "Results", ToolVersion = toolVersion });
        foreach (object result in all.Where(result => result is not RunRecord))
        {
            if (result is not (BulkLoadResult or IndexBuildResult or TableCheck or HealthCheck or CacheState or LatencyResult or LatencyComparison or WorkflowStepResult))
            {
                throw new LakebaseError(ErrorIds.InvalidArgument, LakebaseErrorKind.InvalidArgument,
                    $"An object of type {result.GetType().Name} is nothing to report on.")
                { Remedy = "Pipe in a run, or what load, index, test, cache and measure commands emit; give files with -Path." }.ToException();
            }

            if (result is WorkflowStepResult step)
                collector.Update(run => run with { Steps = [.. run.Steps, step] });
            else
                collector.Add(result);
        }

        RunRecord whole = collector.Run;
        if (runs.Count == 1)
            return whole;
        List<(DateTimeOffset From, DateTimeOffset To)> spans =
        [
            .. whole.Loads.Select(load => (load.StartedAt, load.StartedAt + load.Duration)),
            .. whole.Indexes.Select(index => (index.StartedAt, index.StartedAt + index.Duration)),
            .. whole.Latencies.Select(cell => (cell.StartedAt, cell.StartedAt + cell.Duration)),
            .. whole.Steps.Select(step => (step.StartedAt, step.StartedAt + step.Duration)),
        ];
        if (spans.Count > 0)
            whole = whole with { StartedAt = spans.Min(span => span.From), FinishedAt = spans.Max(span => span.To) };
        return whole with { Id = Hashes.Hex(RunData.Write(whole))[..12] };
    }
}
