namespace LakebaseOps.Benchmarks.Indexing;

/// <summary>One build, or one run over several tables.</summary>
/// <param name="Contest">Shape, or what else was built.</param>
/// <param name="Contender">Strategy or point of the grid.</param>
/// <param name="Round">Number of the round.</param>
/// <param name="Seconds">Time of the build as its result has it; of several tables, of the whole.</param>
/// <param name="WallSeconds">Time of the whole command, planning and reading back included.</param>
/// <param name="EstimatedSeconds">What the plan had said; null without one.</param>
/// <param name="QuarterError">
/// By how much the end was foretold wrongly when a quarter of the build was over, as a share of its time; null when it said nothing by then.
/// </param>
/// <param name="Workers">Workers asked for.</param>
/// <param name="MemoryBytes">maintenance_work_mem.</param>
internal sealed record IndexRun(
    string Contest, string Contender, int Round, double Seconds, double WallSeconds, double? EstimatedSeconds, double? QuarterError, int Workers, long MemoryBytes);

/// <summary>What stands behind the lines.</summary>
internal sealed record IndexDetails
{
    /// <summary>When it began.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>The machine's processor.</summary>
    public required string Processor { get; init; }

    /// <summary>How many of them.</summary>
    public required int Processors { get; init; }

    /// <summary>Version and settings of the server.</summary>
    public required IReadOnlyDictionary<string, string> Server { get; init; }

    /// <summary>Rows of each shape.</summary>
    public required long Rows { get; init; }

    /// <summary>Share of the machine that others used meanwhile.</summary>
    public required double OthersShare { get; init; }

    /// <summary>Every run.</summary>
    public required IReadOnlyList<IndexRun> Runs { get; init; }
}
