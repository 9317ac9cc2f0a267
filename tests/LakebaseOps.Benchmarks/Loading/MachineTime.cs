using System.Globalization;

namespace LakebaseOps.Benchmarks.Loading;

/// <summary>What everybody on this machine does together.</summary>
internal static class MachineTime
{
    /// <summary>More CPU of others than this share of the machine makes a run's figures doubtful.</summary>
    public const double QuietShare = 0.1;

    /// <summary>CPU time that all processors spent on anything; null where /proc does not say it.</summary>
    public static TimeSpan? Busy() => OperatingSystem.IsLinux() ? ParseBusy(File.ReadLines("/proc/stat").First()) : null;

    /// <summary>The load average of the last minute; null where /proc does not say it.</summary>
    public static double? LoadAverage() => OperatingSystem.IsLinux()
        ? double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture)
        : null;

    /// <summary>Model of the processor as the system names it; empty where not known.</summary>
    public static string Processor() => OperatingSystem.IsLinux()
        ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))
            ?.Split(':', 2)[1].Trim() ?? ""
        : "";

    /// <summary>Reads the line "cpu user nice system idle iowait irq softirq steal ..." (proc(5)).</summary>
    public static TimeSpan ParseBusy(string line)
    {
        long[] ticks = [.. line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(field => long.Parse(field, CultureInfo.InvariantCulture))];
        long busy = ticks[0] + ticks[1] + ticks[2] + ticks[5] + ticks[6] + ticks[7];
        return TimeSpan.FromSeconds((double)busy / ProcessTime.TicksPerSecond);
    }
}
