using System.Diagnostics;
using System.Globalization;

namespace LakebaseOps.Benchmarks.Loading;

/// <summary>Watches how much of the machine others use while this process and its server are measured.</summary>
/// <param name="serverId">Process id of the server.</param>
internal sealed class QuietWatch(int serverId)
{
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly TimeSpan? _busy = MachineTime.Busy();
    private readonly TimeSpan? _own = Own(serverId);

    /// <summary>Share of the machine that others used so far; warns when it makes the figures doubtful.</summary>
    public async Task<double> EndAsync()
    {
        TimeSpan? others = MachineTime.Busy() - _busy - (Own(serverId) - _own);
        double share = Math.Max(0, (others / Stopwatch.GetElapsedTime(_started) / Environment.ProcessorCount) ?? 0);
        if (share > MachineTime.QuietShare)
            await Console.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"WARNING: others used {share:P0} of the machine meanwhile: do not trust the figures."));
        return share;
    }

    private static TimeSpan? Own(int serverId) => Environment.CpuUsage.TotalTime + ProcessTime.EndedChildren() + ProcessTime.Tree(serverId);
}
