using LakebaseOps.Operations;

namespace LakebaseOps.Benchmarks;

/// <summary>Keeps what an operation hands out; warnings go to the console and a failure is thrown.</summary>
internal sealed class OperationOutput : IPumpOutput
{
    private readonly List<object> _results = [];

    /// <summary>What was handed out, in order.</summary>
    public IReadOnlyList<object> Results => _results;

    /// <inheritdoc />
    public void Emit(object result) => _results.Add(result);

    /// <summary>Called for each report of progress.</summary>
    public Action<OperationProgress>? OnReport { get; init; }

    /// <inheritdoc />
    public void Report(OperationProgress progress) => OnReport?.Invoke(progress);

    /// <inheritdoc />
    public void Trace(string message)
    {
    }

    /// <inheritdoc />
    public void Warn(string message) => Console.Error.WriteLine(message);

    /// <inheritdoc />
    public void Milestone(string message)
    {
    }

    /// <inheritdoc />
    public void Fail(LakebaseError error) => throw error.ToException();
}
