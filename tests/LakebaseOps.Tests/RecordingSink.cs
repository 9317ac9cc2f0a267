using System.Collections.Concurrent;
using LakebaseOps.Operations;

namespace LakebaseOps.Tests;

/// <summary>Keeps everything an operation says.</summary>
public sealed class RecordingSink : IOperationSink
{
    private readonly ConcurrentQueue<object> _results = new();
    private readonly ConcurrentQueue<OperationProgress> _progress = new();
    private readonly ConcurrentQueue<string> _warnings = new();
    private readonly ConcurrentQueue<string> _milestones = new();
    private readonly ConcurrentQueue<string> _traces = new();
    private readonly ConcurrentQueue<LakebaseError> _errors = new();

    public IReadOnlyList<object> Results => [.. _results];

    public IReadOnlyList<OperationProgress> Progress => [.. _progress];

    public IReadOnlyList<string> Warnings => [.. _warnings];

    public IReadOnlyList<string> Milestones => [.. _milestones];

    public IReadOnlyList<string> Traces => [.. _traces];

    public IReadOnlyList<LakebaseError> Errors => [.. _errors];

    /// <summary>Called for each progress report, e.g. to cancel in the middle.</summary>
    public Action<OperationProgress>? OnProgress { get; init; }

    public static async Task<RecordingSink> RunAsync(Operation operation, CancellationToken cancellationToken)
    {
        RecordingSink sink = new();
        await operation.RunAsync(sink, cancellationToken);
        return sink;
    }

    public IReadOnlyList<T> Of<T>() => [.. _results.OfType<T>()];

    public ValueTask EmitAsync(object result, CancellationToken cancellationToken)
    {
        _results.Enqueue(result);
        return ValueTask.CompletedTask;
    }

    public void Report(OperationProgress progress)
    {
        _progress.Enqueue(progress);
        OnProgress?.Invoke(progress);
    }

    public void Trace(string message) => _traces.Enqueue(message);

    public void Warn(string message) => _warnings.Enqueue(message);

    public void Milestone(string message) => _milestones.Enqueue(message);

    public void Fail(LakebaseError error) => _errors.Enqueue(error);
}
