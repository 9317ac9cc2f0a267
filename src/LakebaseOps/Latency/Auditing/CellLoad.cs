using System.Collections.Concurrent;

namespace LakebaseOps.Latency.Auditing;

/// <summary>What client and server did beside the requests while the blocks of one cell ran, added up.</summary>
internal sealed class CellLoad
{
    private readonly Dictionary<string, long> _counters = new(StringComparer.Ordinal);

    /// <summary>Lateness of this process.</summary>
    public HiccupMeter Hiccups { get; } = new();

    /// <summary>What the sessions were seen waiting for.</summary>
    public ConcurrentDictionary<string, long> Waits { get; } = new(StringComparer.Ordinal);

    /// <summary>Times they were looked at.</summary>
    public long WaitSamples { get; set; }

    /// <summary>Processor time.</summary>
    public ProcessorTimes? Processors { get; private set; }

    /// <summary>True once anything was counted.</summary>
    public bool HasServer { get; private set; }

    /// <summary>True when the server counts I/O by process and object.</summary>
    public bool HasIo { get; set; }

    /// <summary>True when a counter went backwards.</summary>
    public bool WasReset { get; private set; }

    /// <summary>Blocks found in shared buffers.</summary>
    public long BlocksHit => Of("heap hit") + Of("index hit");

    /// <summary>Blocks read from outside.</summary>
    public long BlocksRead => Of("heap read") + Of("index read");

    /// <summary>Books what was counted between two readings.</summary>
    public void Add(IReadOnlyDictionary<string, long> before, IReadOnlyDictionary<string, long> after)
    {
        HasServer = true;
        foreach ((string name, long count) in after)
        {
            long added = count - before.GetValueOrDefault(name);
            WasReset |= added < 0;
            if (added > 0)
                _counters[name] = Of(name) + added;
        }
    }

    /// <summary>Books processor time.</summary>
    public void Add(ProcessorTimes spent) => Processors = Processors is { } before ? before + spent : spent;

    /// <summary>The client's side of a result.</summary>
    /// <param name="costs">What the blocks cost.</param>
    public ClientLoad? Client(BlockCosts costs)
    {
        if (Processors is not { } spent || costs.Wall <= TimeSpan.Zero)
            return null;
        return new ClientLoad
        {
            ProcessCpuShare = spent.Process / (costs.Wall * Environment.ProcessorCount),
            MachineCpuShare = Share(spent.Busy),
            StolenCpuShare = Share(spent.Stolen),
            CollectorShare = costs.Pauses / costs.Wall,
            HiccupSamples = Hiccups.Lateness.Count,
            HiccupP99Ms = Hiccups.Lateness.ValueAt(0.99) / 1e6,
            LongestHiccupMs = Hiccups.Lateness.Max / 1e6,
            StalledShare = Math.Min(1, Hiccups.Stalled / costs.Wall),
        };

        double? Share(TimeSpan? part) => part is TimeSpan time && spent.All is TimeSpan all && all > TimeSpan.Zero ? time / all : null;
    }

    /// <summary>The server's side of a result; null for a backend that shows none.</summary>
    public ServerLoad? Server() => !HasServer ? null : new ServerLoad
    {
        HeapHit = Of("heap hit"),
        HeapRead = Of("heap read"),
        IndexHit = Of("index hit"),
        IndexRead = Of("index read"),
        Io = (ServerIo[])
        [
            .. _counters.Keys.Where(name => name.StartsWith(ServerCounters.Io, StringComparison.Ordinal))
                .Select(name => name[..name.LastIndexOf('|')]).Distinct().Order(StringComparer.Ordinal).Select(Io),
        ],
        IoMissing = HasIo ? null : "not available before PostgreSQL 16",
        Waits = (WaitEvent[])
        [
            .. Waits.Where(wait => wait.Key != WaitSampler.Autovacuum).OrderByDescending(wait => wait.Value).ThenBy(wait => wait.Key, StringComparer.Ordinal)
                .Select(wait => new WaitEvent(wait.Key.Split('|')[0], wait.Key.Split('|')[1], wait.Value)),
        ],
        WaitSamples = WaitSamples,
        Checkpoints = Of("checkpoint"),
        CheckpointBuffers = Of("checkpoint buffers"),
        Vacuums = Of("vacuum"),
        Analyzes = Of("analyze"),
        AutovacuumSamples = Waits.GetValueOrDefault(WaitSampler.Autovacuum),
        WasReset = WasReset,
    };

    private ServerIo Io(string name)
    {
        string[] parts = name.Split('|');
        return new ServerIo(parts[1], parts[2], parts[3], Of($"{name}|hits"), Of($"{name}|reads"), Of($"{name}|writes"), Of($"{name}|extends"), Of($"{name}|evictions"));
    }

    private long Of(string name) => _counters.GetValueOrDefault(name);
}
