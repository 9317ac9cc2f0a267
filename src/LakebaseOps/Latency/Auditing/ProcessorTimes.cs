using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace LakebaseOps.Latency.Auditing;

/// <summary>Processor time spent so far.</summary>
/// <param name="Process">By this process.</param>
/// <param name="Busy">By everybody on this machine; null where the system does not say.</param>
/// <param name="Stolen">Withheld by a hypervisor; null where the system does not say.</param>
/// <param name="All">All there was, idle time included; null where the system does not say.</param>
internal readonly record struct ProcessorTimes(TimeSpan Process, TimeSpan? Busy, TimeSpan? Stolen, TimeSpan? All)
{
    /// <summary>Reads them.</summary>
    public static ProcessorTimes Now()
    {
        using Process own = System.Diagnostics.Process.GetCurrentProcess();
        (TimeSpan Busy, TimeSpan Stolen, TimeSpan All)? machine = OperatingSystem.IsLinux() ? OfLinux("/proc/stat")
            : OperatingSystem.IsWindows() ? OfWindows() : null;
        return new ProcessorTimes(
            own.TotalProcessorTime, machine?.Busy, OperatingSystem.IsWindows() ? null : machine?.Stolen, machine?.All);
    }

    public static ProcessorTimes operator +(ProcessorTimes left, ProcessorTimes right) => new(
        left.Process + right.Process, left.Busy + right.Busy, left.Stolen + right.Stolen, left.All + right.All);

    public static ProcessorTimes operator -(ProcessorTimes left, ProcessorTimes right) => new(
        left.Process - right.Process, left.Busy - right.Busy, left.Stolen - right.Stolen, left.All - right.All);

    /// <summary>The sum over all processors: user, nice, system, idle, iowait, irq, softirq, steal, in hundredths of a second.</summary>
    internal static (TimeSpan Busy, TimeSpan Stolen, TimeSpan All)? OfLinux(string file)
    {
        try
        {
            long[] ticks = [.. File.ReadLines(file).First().Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Skip(1).Take(8).Select(text => long.Parse(text, CultureInfo.InvariantCulture))];
            long all = ticks.Sum();
            long idle = ticks[3] + ticks[4];
            return (Hundredths(all - idle), Hundredths(ticks.ElementAtOrDefault(7)), Hundredths(all));
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or FormatException
            or InvalidOperationException or IndexOutOfRangeException)
        {
            // Some containers hide it.
            return null;
        }
    }

    private static TimeSpan Hundredths(long ticks) => TimeSpan.FromMilliseconds(ticks * 10.0);

    private static (TimeSpan Busy, TimeSpan Stolen, TimeSpan All)? OfWindows() =>
        // Kernel time includes idle time.
        GetSystemTimes(out long idle, out long kernel, out long user)
            ? (TimeSpan.FromTicks(kernel + user - idle), TimeSpan.Zero, TimeSpan.FromTicks(kernel + user)) : null;

    [DllImport("kernel32.dll")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static extern bool GetSystemTimes(out long idle, out long kernel, out long user);
}
