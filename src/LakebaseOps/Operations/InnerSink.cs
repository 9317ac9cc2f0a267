using System.Collections.Concurrent;

namespace LakebaseOps.Operations;

/// <summary>Keeps the results of an operation that runs as part of another; its first failure is thrown to whoever asks.</summary>
/// <param name="outer">Hears progress and details; null for nobody.</param>
internal sealed class InnerSink(IOperationSink? outer = null) : IOperationSink
{
    private readonly ConcurrentQueue<object> _results = new();
    private LakebaseError? _failure;

    /// <summary>Runs an operation and hands back what it emitted.</summary>
    /// <exception cref="LakebaseException">What it failed with, also where it went on.</exception>
    public static async Task<IReadOnlyList<T>> RunAsync<T>(
        Operation operation, CancellationToken cancellationToken, IOperationSink? outer = null)
    {
        InnerSink sink = new(outer);
        await operation.RunAsync(sink, cancellationToken).ConfigureAwait(false);
        return sink._failure is { } failure ? throw failure.ToException() : [.. sink._results.OfType<T>()];
    }

    /// <inheritdoc />
    public ValueTask EmitAsync(object result, CancellationToken cancellationToken)
    {
        _results.Enqueue(result);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc />
    public void Report(OperationProgress progress) => outer?.Report(progress);

    /// <inheritdoc />
    public void Trace(string message) => outer?.Trace(message);

    /// <inheritdoc />
    public void Warn(string message)
    {
    }

    /// <inheritdoc />
    public void Milestone(string message)
    {
    }

    /// <inheritdoc />
    public void Fail(LakebaseError error) => Interlocked.CompareExchange(ref _failure, error, null);
}
