namespace LakebaseOps;

/// <summary>
/// Everything one run did and measured, as written to run.json: a report needs nothing else.
/// </summary>
public sealed record RunRecord
{
    /// <summary>Version of this file format.</summary>
    public int Format { get; init; } = 1;

    /// <summary>Identifier of the run.</summary>
    public required string Id { get; init; }

    /// <summary>What was run, e.g. the workflow's name.</summary>
    public string Name { get; init; } = "";

    /// <summary>Version of LakebaseOps.</summary>
    public string ToolVersion { get; init; } = "";

    /// <summary>When it began (UTC).</summary>
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>When it ended (UTC).</summary>
    public DateTimeOffset FinishedAt { get; init; }

    /// <summary>"Passed" when every step and gate did, else "Failed"; "Invalid" for a measurement whose endpoint changed meanwhile.</summary>
    public string Status { get; init; } = "";

    /// <summary>What was asked for, by parameter name, as JSON text; a workflow's parameters are in its file.</summary>
    public IReadOnlyDictionary<string, string> Configuration { get; init; } = new Dictionary<string, string>();

    /// <summary>The machine it ran on.</summary>
    public ClientEnvironment? Client { get; init; }

    /// <summary>The server it ran against.</summary>
    public ServerEnvironment? Server { get; init; }

    /// <summary>What of the server changed while it was measured, fact by fact; anything makes the run invalid.</summary>
    public IReadOnlyList<string> EndpointChanges { get; init => field = Indexable.Of(value); } = [];

    /// <summary>The steps in order.</summary>
    public IReadOnlyList<WorkflowStepResult> Steps { get; init => field = Indexable.Of(value); } = [];

    /// <summary>Tables as they were afterwards.</summary>
    public IReadOnlyList<TableFacts> Tables { get; init => field = Indexable.Of(value); } = [];

    /// <summary>Bulk loads.</summary>
    public IReadOnlyList<BulkLoadResult> Loads { get; init => field = Indexable.Of(value); } = [];

    /// <summary>Index builds.</summary>
    public IReadOnlyList<IndexBuildResult> Indexes { get; init => field = Indexable.Of(value); } = [];

    /// <summary>Checks.</summary>
    public IReadOnlyList<TableCheck> Checks { get; init => field = Indexable.Of(value); } = [];

    /// <summary>Checks of the server's health.</summary>
    public IReadOnlyList<HealthCheck> Health { get; init => field = Indexable.Of(value); } = [];

    /// <summary>Cache states.</summary>
    public IReadOnlyList<CacheState> Caches { get; init => field = Indexable.Of(value); } = [];

    /// <summary>Latency cells.</summary>
    public IReadOnlyList<LatencyResult> Latencies { get; init => field = Indexable.Of(value); } = [];

    /// <summary>Cells compared with a baseline.</summary>
    public IReadOnlyList<LatencyComparison> Comparisons { get; init => field = Indexable.Of(value); } = [];
}

/// <summary>Size of one table.</summary>
/// <param name="Table">The table.</param>
/// <param name="Rows">Rows counted by its load, or estimated by the catalog.</param>
/// <param name="HeapBytes">Bytes of heap and TOAST.</param>
/// <param name="IndexBytes">Bytes of all indexes.</param>
public sealed record TableFacts(string Table, long Rows, long HeapBytes, long IndexBytes);

/// <summary>The client side of a run.</summary>
public sealed record ClientEnvironment
{
    /// <summary>Operating system.</summary>
    public string OperatingSystem { get; init; } = "";

    /// <summary>Runtime, e.g. ".NET 10.0.1".</summary>
    public string Runtime { get; init; } = "";

    /// <summary>Logical processors.</summary>
    public int Processors { get; init; }

    /// <summary>Memory available to the process, bytes.</summary>
    public long MemoryBytes { get; init; }

    /// <summary>Program that hosted the run: "PowerShell 7.6.5" or "Runner".</summary>
    public string Host { get; init; } = "";
}

/// <summary>The server side of a run.</summary>
public sealed record ServerEnvironment
{
    /// <summary>The server's own version text.</summary>
    public string Version { get; init; } = "";

    /// <summary>Host as the session knows it.</summary>
    public string Host { get; init; } = "";

    /// <summary>Database.</summary>
    public string Database { get; init; } = "";

    /// <summary>When the server was started (UTC).</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>True for a standby, which replays what another server writes; null when not asked.</summary>
    public bool? IsInRecovery { get; init; }

    /// <summary>Standbys that follow it; null when not asked.</summary>
    public long? Replicas { get; init; }

    /// <summary>The cluster's own identifier, the database's and the role: what says that it is the same one.</summary>
    public string Identity { get; init; } = "";

    /// <summary>Settings that bear on the figures, by name, in the server's own notation.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();
}

/// <summary>What became of one workflow step.</summary>
public sealed record WorkflowStepResult
{
    /// <summary>The step's name.</summary>
    public required string Name { get; init; }

    /// <summary>The command it ran.</summary>
    public required string Command { get; init; }

    /// <summary>"Passed", "Failed", "AlreadyDone" (by an earlier run of the same workflow) or "NotRun".</summary>
    public required string Status { get; init; }

    /// <summary>When it began (UTC).</summary>
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>How long it took.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>SHA-256 of command, parameters and database: a later run skips the step only when it is the same.</summary>
    public string Fingerprint { get; init; } = "";

    /// <summary>Results it emitted, by type name; a later run that goes on after this step keeps exactly these.</summary>
    public IReadOnlyDictionary<string, int> Results { get; init; } = new Dictionary<string, int>();

    /// <summary>Id and message of the error that failed it, or null.</summary>
    public string? Error { get; init; }
}
