using System.Diagnostics;
using System.Globalization;

namespace LakebaseOps.Benchmarks.Serving;

/// <summary>Binds the server to the last processor and the clients to the one before it, by taskset(1).</summary>
internal static class Affinity
{
    /// <summary>Why nothing can be bound here; null when it can.</summary>
    public static string? Missing { get; } =
        !OperatingSystem.IsLinux() ? "only Linux has taskset"
        : Environment.ProcessorCount < 2 ? "there is but one processor"
        : File.Exists("/usr/bin/taskset") ? null : "taskset is not installed";

    /// <summary>Binds this process, its future children, the server and its future sessions; or frees them again.</summary>
    public static async Task SetAsync(int server, bool pinned, CancellationToken cancellationToken)
    {
        if (Missing is not null)
            return;
        int last = Environment.ProcessorCount - 1;
        string all = string.Create(CultureInfo.InvariantCulture, $"0-{last}");
        await SetAsync(server, pinned ? string.Create(CultureInfo.InvariantCulture, $"{last}") : all, cancellationToken);
        await SetAsync(Environment.ProcessId, pinned ? string.Create(CultureInfo.InvariantCulture, $"{last - 1}") : all, cancellationToken);
    }

    private static async Task SetAsync(int process, string processors, CancellationToken cancellationToken)
    {
        ProcessStartInfo start = new("/usr/bin/taskset", ["-a", "-c", "-p", processors, process.ToString(CultureInfo.InvariantCulture)])
        { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process taskset = Process.Start(start)!;
        string said = await taskset.StandardError.ReadToEndAsync(cancellationToken);
        await taskset.WaitForExitAsync(cancellationToken);
        if (taskset.ExitCode != 0)
            throw new BenchmarkException($"taskset could not bind process {process} to {processors}: {said.Trim()}");
    }
}
