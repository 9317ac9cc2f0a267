namespace LakebaseOps.Benchmarks.Loading;

/// <summary>One run of one contender, as measured.</summary>
internal sealed record RunFigures
{
    /// <summary>The contest.</summary>
    public required string Contest { get; init; }

    /// <summary>Who ran.</summary>
    public required string Contender { get; init; }

    /// <summary>The round, from 0, which is the warm-up.</summary>
    public required int Round { get; init; }

    /// <summary>Place of the run within its round, from 0.</summary>
    public required int Place { get; init; }

    /// <summary>False for the warm-up.</summary>
    public bool IsCounted => Round > 0;

    /// <summary>Rows that were then in the table.</summary>
    public required long Rows { get; init; }

    /// <summary>Wall time in seconds from the call (or the start of the programs) to its end.</summary>
    public required double Seconds { get; init; }

    /// <summary>Rows per second of wall time.</summary>
    public double RowsPerSecond => Rows / Seconds;

    /// <summary>Ours: seconds of the phase Load alone, as the loader's result states them.</summary>
    public double? LoadPhaseSeconds { get; init; }

    /// <summary>CPU time of the client or its programs, ns for each row; null where the system does not tell.</summary>
    public double? ClientNanoseconds { get; init; }

    /// <summary>CPU time of the server's processes, ns for each row; null where the system does not tell.</summary>
    public double? ServerNanoseconds { get; init; }

    /// <summary>Write-ahead log, bytes for each row.</summary>
    public double WalBytes { get; init; }

    /// <summary>Managed memory allocated, bytes for each row; null for other programs.</summary>
    public double? AllocatedBytes { get; init; }

    /// <summary>Load average of the last minute before the run.</summary>
    public double? LoadAverage { get; init; }

    /// <summary>Share of the machine's CPU time that neither client nor server used meanwhile.</summary>
    public double? OthersShare { get; init; }

    /// <summary>Ours: how the rows were encoded, as the result states it.</summary>
    public string? Encoding { get; init; }

    /// <summary>Sum of hash_record_extended over the table.</summary>
    public string? Hash { get; init; }
}
