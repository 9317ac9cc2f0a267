namespace LakebaseOps;

/// <summary>One thing that Get-LakebaseHealth looked at: all well, or what is wrong with it.</summary>
public sealed record HealthCheck
{
    /// <summary>Name of the check, e.g. "LockWaits".</summary>
    public required string Check { get; init; }

    /// <summary>What was looked at: "server", a table, "process 4711", "setting fsync".</summary>
    public required string Target { get; init; }

    /// <summary>Passed, Warning, Failed or Skipped.</summary>
    public required CheckStatus Status { get; init; }

    /// <summary>What should be.</summary>
    public string Expected { get; init; } = "";

    /// <summary>What is.</summary>
    public string Actual { get; init; } = "";

    /// <summary>What to do about it.</summary>
    public string Remedy { get; init; } = "";

    /// <summary>Name of the session; binds to -Session by property name.</summary>
    public string? Session { get; init; }
}
