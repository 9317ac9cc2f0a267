using System.Collections.Concurrent;

namespace LakebaseOps.Operations;

/// <summary>Receives what an operation says, always on the thread that drains the pump.</summary>
public interface IPumpOutput
{
    /// <summary>A result.</summary>
    void Emit(object result);

    /// <summary>Progress, at most five times a second for each activity, and always its last report.</summary>
    void Report(OperationProgress progress);

    /// <summary>A detail.</summary>
    void Trace(string message);

    /// <summary>A warning.</summary>
    void Warn(string message);

    /// <summary>A step done.</summary>
    void Milestone(string message);

    /// <summary>One item failed.</summary>
    void Fail(LakebaseError error);
}

/// <summary>
/// Runs an operation on the thread pool and hands its output, in order and with back-pressure, to the thread that
/// drains it. When the output throws (Ctrl+C, Select-Object -First, -ErrorAction Stop) the operation is cancelled and
/// awaited before the exception goes on, so that nothing is still running when the command has ended.
/// </summary>
public sealed class OperationPump : IOperationSink, IDisposable
{
    private const int Capacity = 256;
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromMilliseconds(200);

    private readonly Operation _operation;
    private readonly IPumpOutput _output;
    private readonly CancellationTokenSource _cancellation;
    private readonly SemaphoreSlim _slots = new(Capacity);
    private readonly BlockingCollection<Action> _queue = [];
    private readonly ConcurrentDictionary<string, OperationProgress> _progress = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _shown = new(StringComparer.Ordinal);
    private Task? _running;

    /// <summary>Prepares a pump; nothing runs yet.</summary>
    public OperationPump(Operation operation, IPumpOutput output, CancellationToken cancellationToken)
    {
        _operation = operation;
        _output = output;
        _cancellation = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
    }

    /// <summary>True once the operation has ended, well or not.</summary>
    public bool HasEnded => _running is { IsCompleted: true };

    /// <summary>Runs an operation from start to end on this thread's behalf.</summary>
    public static void Run(Operation operation, IPumpOutput output, CancellationToken cancellationToken)
    {
        using OperationPump pump = new(operation, output, cancellationToken);
        pump.Start();
        pump.Complete();
    }

    /// <summary>Starts the operation on the thread pool.</summary>
    public void Start() => _running = Task.Run(async () =>
    {
        try
        {
            await _operation.RunAsync(this, _cancellation.Token).ConfigureAwait(false);
        }
        finally
        {
            _queue.CompleteAdding();
        }
    });

    /// <summary>Hands over what is ready now and returns at once: for commands that still take input.</summary>
    public void Drain()
    {
        Guarded(() =>
        {
            while (_queue.TryTake(out Action? item))
                item();
            ShowProgress();
        });
    }

    /// <summary>Hands over everything until the operation has ended; throws what it threw.</summary>
    public void Complete()
    {
        Guarded(() =>
        {
            while (!_queue.IsCompleted)
            {
                if (_queue.TryTake(out Action? item, ProgressInterval))
                    item();
                ShowProgress();
            }
        });
        _running!.GetAwaiter().GetResult();
    }

    /// <summary>Asks the operation to stop; <see cref="Complete"/> still waits for it.</summary>
    public void Cancel() => _cancellation.Cancel();

    /// <inheritdoc />
    public void Dispose()
    {
        if (_running is { IsCompleted: false })
            Abandon();
        _queue.Dispose();
        _slots.Dispose();
        _cancellation.Dispose();
    }

    async ValueTask IOperationSink.EmitAsync(object result, CancellationToken cancellationToken)
    {
        await _slots.WaitAsync(cancellationToken).ConfigureAwait(false);
        Post(() =>
        {
            _slots.Release();
            _output.Emit(result);
        });
    }

    void IOperationSink.Report(OperationProgress progress)
    {
        if (!progress.IsCompleted)
        {
            _progress[progress.Activity] = progress;
            return;
        }

        Post(() =>
        {
            _progress.TryRemove(progress.Activity, out _);
            _shown.Remove(progress.Activity);
            _output.Report(progress);
        });
    }

    void IOperationSink.Trace(string message) => Post(() => _output.Trace(message));

    void IOperationSink.Warn(string message) => Post(() => _output.Warn(message));

    void IOperationSink.Milestone(string message) => Post(() => _output.Milestone(message));

    void IOperationSink.Fail(LakebaseError error) => Post(() => _output.Fail(error));

    private void Post(Action item)
    {
        try
        {
            if (!_queue.IsAddingCompleted)
                _queue.Add(item);
        }
        catch (InvalidOperationException)
        {
            // The operation has ended between the two lines: a straggler of one of its threads has no listener any more.
        }
    }

    private void ShowProgress()
    {
        long now = Environment.TickCount64;
        foreach ((string activity, OperationProgress progress) in _progress)
        {
            if (_shown.TryGetValue(activity, out long last) && now - last < (long)ProgressInterval.TotalMilliseconds)
                continue;
            // Only the very report shown is taken out: a newer one stays for the next turn.
            _progress.TryRemove(KeyValuePair.Create(activity, progress));
            _shown[activity] = now;
            _output.Report(progress);
        }
    }

    private void Guarded(Action drain)
    {
        try
        {
            drain();
        }
        catch
        {
            Abandon();
            throw;
        }
    }

    private void Abandon()
    {
        _cancellation.Cancel();
        // The operation may be waiting for a slot; the cancelled token frees it. What it still posts is dropped.
        while (_running is { IsCompleted: false })
        {
            if (_queue.TryTake(out _, 20))
                continue;
        }

        _ = _running?.Exception;
    }
}
