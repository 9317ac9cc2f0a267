using LakebaseOps.Operations;

namespace LakebaseOps.Workflows;

/// <summary>Stands between a step's operation and the workflow's sink: files results, notices failures.</summary>
internal sealed class StepSink(IOperationSink outer, RunCollector collector, bool passThru) : IOperationSink
{
    private readonly object _gate = new();
    private readonly SortedDictionary<string, int> _results = new(StringComparer.Ordinal);

    /// <summary>Results emitted, by type name.</summary>
    public IReadOnlyDictionary<string, int> Results => _results;

    /// <summary>What failed the step first, or null.</summary>
    public string? Failure { get; private set; }

    /// <inheritdoc />
    public async ValueTask EmitAsync(object result, CancellationToken cancellationToken)
    {
        collector.Add(result);
        lock (_gate)
            _results[result.GetType().Name] = _results.GetValueOrDefault(result.GetType().Name) + 1;
        Note(RunCollector.Failure(result));
        if (passThru)
            await outer.EmitAsync(result, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc />
    public void Report(OperationProgress progress) => outer.Report(progress);

    /// <inheritdoc />
    public void Trace(string message) => outer.Trace(message);

    /// <inheritdoc />
    public void Warn(string message) => outer.Warn(message);

    /// <inheritdoc />
    public void Milestone(string message) => outer.Milestone(message);

    /// <inheritdoc />
    public void Fail(LakebaseError error)
    {
        Note(error.ToString());
        outer.Fail(error);
    }

    private void Note(string? failure)
    {
        lock (_gate)
            Failure ??= failure;
    }
}
