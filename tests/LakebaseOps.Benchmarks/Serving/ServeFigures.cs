namespace LakebaseOps.Benchmarks.Serving;

/// <summary>One contender's part of a round.</summary>
internal sealed record ServeFigures
{
    /// <summary>Who.</summary>
    public required string Contender { get; init; }

    /// <summary>"pinned" (client and server on a processor each) or "unpinned".</summary>
    public required string Placement { get; init; }

    /// <summary>Number of the round, from 1.</summary>
    public required int Round { get; init; }

    /// <summary>Place within the round, from 0.</summary>
    public required int Place { get; init; }

    /// <summary>Counted requests.</summary>
    public required int Requests { get; init; }

    /// <summary>Fastest request, microseconds.</summary>
    public required double MinUs { get; init; }

    /// <summary>Median, microseconds.</summary>
    public required double P50Us { get; init; }

    /// <summary>99th percentile, microseconds.</summary>
    public required double P99Us { get; init; }

    /// <summary>Bytes this process allocated for each request; null for other programs.</summary>
    public double? AllocatedBytes { get; init; }

    /// <summary>Processor time of the client for each request, microseconds; null where not known.</summary>
    public double? ClientUs { get; init; }

    /// <summary>Processor time of the server for each request, microseconds, in ticks of 10 ms; null where not known.</summary>
    public double? ServerUs { get; init; }

    /// <summary>The figures of samples.</summary>
    public static ServeFigures Of(string contender, string placement, int round, int place, ServeSamples samples)
    {
        double[] sorted = [.. samples.Microseconds.Order()];
        return new ServeFigures
        {
            Contender = contender,
            Placement = placement,
            Round = round,
            Place = place,
            Requests = sorted.Length,
            MinUs = sorted[0],
            P50Us = At(sorted, 0.5),
            P99Us = At(sorted, 0.99),
            AllocatedBytes = samples.AllocatedBytes,
        };
    }

    /// <summary>The smallest value that at least the share p of all values does not exceed.</summary>
    private static double At(double[] sorted, double p) => sorted[(int)Math.Ceiling(sorted.Length * p) - 1];
}

/// <summary>Requests per second of several clients in one round.</summary>
/// <param name="Contender">Who.</param>
/// <param name="Clients">Clients.</param>
/// <param name="Round">Number of the round, from 1.</param>
/// <param name="PerSecond">Requests per second.</param>
internal sealed record ServeRate(string Contender, int Clients, int Round, double PerSecond);

/// <summary>All that stands behind the lines of the benchmark "serve".</summary>
internal sealed record ServeDetails
{
    /// <summary>When it began (UTC).</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Model of the processor.</summary>
    public required string Processor { get; init; }

    /// <summary>Processors.</summary>
    public required int Processors { get; init; }

    /// <summary>Operating system.</summary>
    public required string OperatingSystem { get; init; }

    /// <summary>.NET.</summary>
    public required string Runtime { get; init; }

    /// <summary>Whether answers were taken up on the socket's own thread.</summary>
    public required bool InlineCompletions { get; init; }

    /// <summary>The options it ran with.</summary>
    public required BenchmarkOptions Options { get; init; }

    /// <summary>Version and settings of the server.</summary>
    public required IReadOnlyDictionary<string, string> Server { get; init; }

    /// <summary>Rows of each of the 30 tables.</summary>
    public required long Rows { get; init; }

    /// <summary>What was not measured, and why.</summary>
    public required IReadOnlyList<string> Absent { get; init; }

    /// <summary>What was measured and how, in sentences.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>Share of the machine's processor time that others used during the rounds; null where not known.</summary>
    public double? OthersShare { get; init; }

    /// <summary>Every contender's part of every round.</summary>
    public required IReadOnlyList<ServeFigures> Runs { get; init; }

    /// <summary>Throughput.</summary>
    public required IReadOnlyList<ServeRate> Rates { get; init; }
}
