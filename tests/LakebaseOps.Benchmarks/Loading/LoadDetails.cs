namespace LakebaseOps.Benchmarks.Loading;

/// <summary>All that stands behind the lines of the benchmark "load".</summary>
internal sealed record LoadDetails
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

    /// <summary>The options it ran with.</summary>
    public required BenchmarkOptions Options { get; init; }

    /// <summary>Version and settings of the server, the same for everybody.</summary>
    public required IReadOnlyDictionary<string, string> Server { get; init; }

    /// <summary>What did not take part, and why.</summary>
    public required IReadOnlyList<string> Absent { get; init; }

    /// <summary>What was measured and how, in sentences.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>The contests: rows and bytes.</summary>
    public required IReadOnlyList<ContestFacts> Contests { get; init; }

    /// <summary>Every run, warm-ups included, in the order in which they took place within their contest.</summary>
    public required IReadOnlyList<RunFigures> Runs { get; init; }
}

/// <summary>The size of a contest.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Rows">Rows.</param>
/// <param name="Ddl">Columns of the table.</param>
/// <param name="InputBytesPerRow">Bytes of CSV for each row; null without a file.</param>
internal sealed record ContestFacts(string Name, long Rows, string Ddl, double? InputBytesPerRow);
