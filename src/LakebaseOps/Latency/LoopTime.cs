using System.Diagnostics;

namespace LakebaseOps.Latency;

/// <summary>
/// The clock that a load generator goes by, in Stopwatch ticks. Tests drive the same generator by a clock of their own.
/// </summary>
internal abstract class LoopTime
{
    /// <summary>The machine's clock.</summary>
    public static LoopTime Real { get; } = new RealTime();

    /// <summary>Now.</summary>
    public abstract long Now { get; }

    /// <summary>True when waiting may hold the thread: the generator then has a thread of its own.</summary>
    public abstract bool Blocks { get; }

    /// <summary>Waits until a time.</summary>
    public abstract ValueTask UntilAsync(long timestamp, CancellationToken cancellationToken);

    /// <summary>Begins work that goes on beside the caller.</summary>
    public abstract Task Start(Func<Task> work);

    /// <summary>Seconds as ticks.</summary>
    public static long Ticks(double seconds) => (long)(seconds * Stopwatch.Frequency);

    private sealed class RealTime : LoopTime
    {
        // The system wakes a sleeper late by up to so much; the rest is waited for awake.
        private static readonly long Awake = Ticks(0.0015);

        public override long Now => Stopwatch.GetTimestamp();

        public override bool Blocks => true;

        public override ValueTask UntilAsync(long timestamp, CancellationToken cancellationToken)
        {
            for (long left = timestamp - Now; left > 0; left = timestamp - Now)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (left > Awake)
                    Thread.Sleep((int)Math.Clamp((left - Awake) * 1_000 / Stopwatch.Frequency, 1, 100));
                else
                    Thread.Yield();
            }

            return ValueTask.CompletedTask;
        }

        public override Task Start(Func<Task> work) => Task.Run(work);
    }
}
