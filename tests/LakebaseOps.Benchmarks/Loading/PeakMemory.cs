using System.Globalization;

namespace LakebaseOps.Benchmarks.Loading;

/// <summary>The most memory that this process has held (VmHWM of proc(5)).</summary>
internal static class PeakMemory
{
    /// <summary>Begins anew.</summary>
    public static void Reset()
    {
        GC.Collect();
        if (OperatingSystem.IsLinux())
            File.WriteAllText("/proc/self/clear_refs", "5");
    }

    /// <summary>Bytes since then; null where /proc does not say it.</summary>
    public static long? Read() => OperatingSystem.IsLinux()
        ? 1024 * long.Parse(
            File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal)).Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1],
            CultureInfo.InvariantCulture)
        : null;
}
