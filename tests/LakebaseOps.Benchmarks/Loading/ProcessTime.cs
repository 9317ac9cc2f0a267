using System.Globalization;

namespace LakebaseOps.Benchmarks.Loading;

/// <summary>CPU time of one process as /proc/PID/stat says it (proc(5)), in ticks of 10 ms.</summary>
/// <param name="ParentId">Process id of its parent.</param>
/// <param name="Own">utime + stime.</param>
/// <param name="Ended">cutime + cstime: that of children that have ended and were waited for.</param>
internal readonly record struct ProcessTime(int ParentId, long Own, long Ended)
{
    /// <summary>Ticks of a second: USER_HZ, the same on every Linux.</summary>
    public const int TicksPerSecond = 100;

    /// <summary>Reads the text of a stat file.</summary>
    public static ProcessTime Parse(string stat)
    {
        // The name in brackets may hold blanks and brackets itself, so counting begins behind the last bracket.
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return new ProcessTime(
            int.Parse(fields[1], CultureInfo.InvariantCulture), Number(11) + Number(12), Number(13) + Number(14));

        long Number(int field) => long.Parse(fields[field], CultureInfo.InvariantCulture);
    }

    /// <summary>CPU time of this process's children that have ended; null where /proc does not say it.</summary>
    public static TimeSpan? EndedChildren() => OperatingSystem.IsLinux()
        ? Span(Parse(File.ReadAllText("/proc/self/stat")).Ended)
        : null;

    /// <summary>CPU time of a server: its main process, its children and those that have ended; null where /proc does not say it.</summary>
    public static TimeSpan? Tree(int root)
    {
        if (!OperatingSystem.IsLinux())
            return null;
        while (true)
        {
            ProcessTime before = Of(root) ?? throw new BenchmarkException($"The server with process id {root} has ended.");
            long children = Directory.EnumerateDirectories("/proc")
                .Select(folder => int.TryParse(Path.GetFileName(folder), out int id) ? Of(id) : null)
                .Sum(process => process?.ParentId == root ? process.Value.Own + process.Value.Ended : 0);
            // A child that ended while the others were read would be counted twice or not at all.
            if (Of(root) is ProcessTime after && after.Ended == before.Ended)
                return Span(after.Own + after.Ended + children);
        }
    }

    private static ProcessTime? Of(int id)
    {
        try
        {
            return Parse(File.ReadAllText($"/proc/{id}/stat"));
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static TimeSpan Span(long ticks) => TimeSpan.FromSeconds((double)ticks / TicksPerSecond);
}
