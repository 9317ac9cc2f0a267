using System.Diagnostics;
using System.Runtime.InteropServices;

namespace LakebaseOps.Latency;

/// <summary>
/// The clock that a load generator goes by, in Stopwatch ticks. Tests drive the same generator by a clock of their own.
/// </summary>
internal abstract partial class LoopTime
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

    /// <summary>Asks the system to wake the caller's thread before others; where it may not, nothing changes.</summary>
    public virtual void PreferThread()
    {
    }

    /// <summary>Seconds as ticks.</summary>
    public static long Ticks(double seconds) => (long)(seconds * Stopwatch.Frequency);

    private sealed partial class RealTime : LoopTime
    {
        // The system wakes a sleeper late by up to so much; the rest is waited for awake, at the cost of a processor.
        private static readonly long Awake = Ticks(OperatingSystem.IsLinux() ? 0.00015 : 0.0015);

        public override long Now => Stopwatch.GetTimestamp();

        public override bool Blocks => true;

        public override ValueTask UntilAsync(long timestamp, CancellationToken cancellationToken)
        {
            for (long left = timestamp - Now; left > 0; left = timestamp - Now)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (left > Awake)
                    Sleep(TimeSpan.FromSeconds(Math.Min(0.1, (double)(left - Awake) / Stopwatch.Frequency)));
                else
                    Thread.Yield();
            }

            return ValueTask.CompletedTask;
        }

        public override Task Start(Func<Task> work) => Task.Run(work);

        // .NET leaves priorities alone on Linux, where a thread can be made nicer by everybody and less so by root.
        public override void PreferThread()
        {
            if (OperatingSystem.IsLinux())
                _ = SetPriority(0, 0, -10);
            else
                Thread.CurrentThread.Priority = ThreadPriority.Highest;
        }

        // Thread.Sleep knows whole milliseconds only. A signal may end the sleep early; the caller looks at the clock.
        private static void Sleep(TimeSpan time)
        {
            if (OperatingSystem.IsLinux())
                _ = NanoSleep(new TimeSpec(0, (nint)time.TotalNanoseconds), 0);
            else
                Thread.Sleep(Math.Max(1, (int)time.TotalMilliseconds));
        }

        [LibraryImport("libc", EntryPoint = "nanosleep")]
        private static partial int NanoSleep(in TimeSpec wanted, nint left);

        [LibraryImport("libc", EntryPoint = "setpriority")]
        private static partial int SetPriority(int ofProcess, int thisThread, int nice);

        [StructLayout(LayoutKind.Sequential)]
        private readonly struct TimeSpec(nint seconds, nint nanoseconds)
        {
            public readonly nint Seconds = seconds;
            public readonly nint Nanoseconds = nanoseconds;
        }
    }
}
