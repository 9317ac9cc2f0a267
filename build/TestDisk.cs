using System.Globalization;

namespace LakebaseOps.Build;

/// <summary>Where tests lay their servers' data and their files.</summary>
internal static class TestDisk
{
    private const string Memory = "/dev/shm";

    // Hundreds of databases of 8 MB each lie there until the end.
    private const long Room = 12L << 30;

    // What the servers and the tests themselves need beside it.
    private const long Spare = 4L << 30;

    /// <summary>
    /// In memory where there is plenty: nothing of it outlives the run, and to remove it from a disk takes most of a minute at the end,
    /// in which nothing is tested. Nothing where a folder for temporary files was chosen.
    /// </summary>
    public static IReadOnlyDictionary<string, string> Environment()
    {
        const string variable = "TMPDIR";
        if (!OperatingSystem.IsLinux() || System.Environment.GetEnvironmentVariable(variable) is { Length: > 0 } || !Directory.Exists(Memory)
            || Math.Min(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, Free()) < Room + Spare || new DriveInfo(Memory).AvailableFreeSpace < Room)
            return new Dictionary<string, string>();
        return new Dictionary<string, string> { [variable] = Memory };
    }

    /// <summary>Bytes that programs may still take; 0 where the system does not say.</summary>
    private static long Free()
    {
        string? line = File.ReadLines("/proc/meminfo").FirstOrDefault(line => line.StartsWith("MemAvailable:", StringComparison.Ordinal));
        return line is null ? 0 : long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
    }
}
