namespace LakebaseOps.Benchmarks.Dumps;

/// <summary>One dump, restore or copy.</summary>
/// <param name="Contest">What was moved.</param>
/// <param name="Contender">By whom.</param>
/// <param name="Round">Number of the round; 0 warms up.</param>
/// <param name="Seconds">Wall time.</param>
/// <param name="ProcessorSeconds">Processor time of the server and the client; null where the system does not say it.</param>
/// <param name="Bytes">Size of the dump on disk; 0 of a copy.</param>
/// <param name="PeakBytes">Most memory that this process held; null of other programs, or where the system does not say it.</param>
internal sealed record DumpRun(string Contest, string Contender, int Round, double Seconds, double? ProcessorSeconds, long Bytes, long? PeakBytes);

/// <summary>What stands behind the lines.</summary>
internal sealed record DumpDetails
{
    /// <summary>When it began.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>The machine's processor.</summary>
    public required string Processor { get; init; }

    /// <summary>How many of them.</summary>
    public required int Processors { get; init; }

    /// <summary>Version and settings of the server.</summary>
    public required IReadOnlyDictionary<string, string> Server { get; init; }

    /// <summary>Versions of the peers.</summary>
    public required IReadOnlyList<string> Peers { get; init; }

    /// <summary>Share of the machine that others used meanwhile.</summary>
    public required double OthersShare { get; init; }

    /// <summary>Every run.</summary>
    public required IReadOnlyList<DumpRun> Runs { get; init; }
}
