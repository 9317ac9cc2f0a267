using System.Globalization;
using LakebaseOps.Latency.Statistics;

namespace LakebaseOps.Latency.Auditing;

/// <summary>What speaks against a cell's figures, in words; nothing else may be called trustworthy.</summary>
internal static class Doubts
{
    /// <summary>The verdict on a cell that nothing speaks against.</summary>
    public const string Trustworthy = "Trustworthy";

    // What takes more than one percent of the time can be what the p99 shows.
    private const double Tail = 0.01;
    private const double BusyProcess = 0.9;
    private const double BusyMachine = 0.95;

    /// <summary>"Trustworthy", or "Not trustworthy" with every reason.</summary>
    public static string Verdict(LatencyCell cell, LatencyPercentile p99, ClientLoad? client, ServerLoad? server, RefreshResult? refresh = null)
    {
        string[] reasons =
        [
            .. OfSamples(cell, p99), .. OfGenerator(cell), .. client is null ? [] : OfClient(client), .. server is null ? [] : OfServer(server),
            .. refresh is null ? [] : OfRefresh(refresh), .. cell.Cache is null ? [] : OfCache(cell.Cache),
        ];
        return reasons.Length == 0 ? Trustworthy : $"Not trustworthy: {string.Join("; ", reasons)}";
    }

    /// <summary>A verdict with one more reason.</summary>
    public static string With(string verdict, string reason) =>
        verdict is Trustworthy or "" ? $"Not trustworthy: {reason}" : verdict.Contains(reason, StringComparison.Ordinal) ? verdict : $"{verdict}; {reason}";

    /// <summary>Doubts about the measuring process and its machine.</summary>
    internal static IEnumerable<string> OfClient(ClientLoad client) => Those(
        (client.CollectorShare > Tail, $"the collector paused this process for {Percent(client.CollectorShare)} of the time"),
        (client.StalledShare > Tail, $"this process stood still for {Percent(client.StalledShare)} of the time, at most {client.LongestHiccupMs:F1} ms at once"),
        (client.ProcessCpuShare > BusyProcess, $"this process used {Percent(client.ProcessCpuShare)} of all processors: it may be what was measured"),
        (client.MachineCpuShare > BusyMachine && client.ProcessCpuShare <= BusyProcess,
            $"the processors of this machine were busy for {Percent(client.MachineCpuShare ?? 0)} of the time: requests may have waited for one"),
        (client.StolenCpuShare > Tail, $"the hypervisor kept {Percent(client.StolenCpuShare ?? 0)} of the processor time from this machine"));

    private static IEnumerable<string> OfSamples(LatencyCell cell, LatencyPercentile p99)
    {
        long errors = cell.Errors.Values.Sum();
        bool suffice = OrderStatistics.Suffice(cell.Histogram.Count, 0.99);
        return Those(
            (cell.Wrong > 0, $"{cell.Wrong} wrong responses ({cell.FirstFault})"),
            (errors > 0, $"{errors} failed requests ({string.Join(", ", cell.Errors.Select(pair => $"{pair.Key}: {pair.Value}"))})"),
            (!suffice, $"only {cell.Histogram.Count} samples, a p99 needs 368"),
            (suffice && p99.ValueMs is null, $"{cell.Histogram.Count} samples came in bursts and are worth {p99.EffectiveSamples:F0}, a p99 needs 368"),
            (cell.WarmUp.End == "limit reached", $"still warming up after {cell.WarmUp.Requests} requests"),
            (cell.WarmUp.End == "none", $"no warm-up"));
    }

    private static IEnumerable<string> OfGenerator(LatencyCell cell) => cell.Open is not { } open ? [] : Those(
        (open.Skipped > 0, $"{open.Skipped} of {open.Scheduled} scheduled requests were never sent"),
        (open.Delayed > Tail * cell.Begun, $"the generator itself began {open.Delayed} of {cell.Begun} requests over 1 ms late"));

    /// <summary>Doubts about the refresh beside a cell.</summary>
    internal static IEnumerable<string> OfRefresh(RefreshResult refresh) => Those(
        (refresh.Errors > 0, $"{refresh.Errors} loads of the refresh failed ({string.Join(", ", refresh.ErrorsByCode.Select(pair => $"{pair.Key}: {pair.Value}"))})"),
        (refresh.AchievedPerSecond < 0.9 * refresh.RowsPerSecond,
            $"the refresh reached {refresh.AchievedPerSecond:N0} of {refresh.RowsPerSecond:N0} rows/s"));

    /// <summary>Doubts about the state of the cache.</summary>
    internal static IEnumerable<string> OfCache(CacheEvidence cache) => Those(
        (cache.LeastResident is null, $"what lay in the cache is {cache.Evidence}"),
        (cache is { Temperature: CacheTemperature.Hot, LeastResident: < 0.98 }, $"it was not all hot: {Percent(cache.LeastResident ?? 0)} lay in shared buffers"),
        (cache is { Temperature: CacheTemperature.Cold, MostResident: > 0.02 }, $"it was not cold: {Percent(cache.MostResident ?? 0)} lay in shared buffers"));

    private static IEnumerable<string> OfServer(ServerLoad server) => Those(
        (server.WasReset, $"somebody reset the server's counters meanwhile"));

    private static IEnumerable<string> Those(params (bool Applies, FormattableString Reason)[] doubts) =>
        doubts.Where(doubt => doubt.Applies).Select(doubt => doubt.Reason.ToString(CultureInfo.InvariantCulture));

    private static string Percent(double share) => share.ToString("P1", CultureInfo.InvariantCulture);
}
