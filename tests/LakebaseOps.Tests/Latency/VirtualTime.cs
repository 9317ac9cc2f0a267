using LakebaseOps.Latency;

namespace LakebaseOps.Tests.Latency;

/// <summary>
/// A clock that stands still while anything can be done and then jumps to the next time that somebody waits for. All runs
/// on one thread, so a simulation of hours is over in a moment and always the same.
/// </summary>
internal sealed class VirtualTime : LoopTime
{
    private readonly PriorityQueue<TaskCompletionSource, (long Time, long Order)> _waiting = new();
    private long _now = 1;
    private long _order;

    public override long Now => _now;

    /// <summary>Every wait ends so much too late, in ticks.</summary>
    public long Oversleep { get; init; }

    public override bool Blocks => false;

    public override ValueTask UntilAsync(long timestamp, CancellationToken cancellationToken)
    {
        if (timestamp <= _now)
            return ValueTask.CompletedTask;
        TaskCompletionSource waiter = new();
        _waiting.Enqueue(waiter, (timestamp + Oversleep, _order++));
        return new ValueTask(waiter.Task);
    }

    public override Task Start(Func<Task> work) => work();

    /// <summary>Lets time pass until the work is done.</summary>
    public async Task RunAsync(Func<Task> work)
    {
        Task running = work();
        while (!running.IsCompleted)
        {
            Assert.True(_waiting.TryDequeue(out TaskCompletionSource? next, out (long Time, long Order) at), "Nobody waits and nothing is done.");
            _now = at.Time;
            next.SetResult();
        }

        await running;
    }
}
