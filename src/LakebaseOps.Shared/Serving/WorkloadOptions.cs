namespace LakebaseOps;

/// <summary>Get-LakebaseWorkload.</summary>
public sealed record GetWorkloadOptions : FeatureOptions
{
    /// <summary>The workload's name; that of the database, or of the workload given, by default.</summary>
    public string? Name { get; init; }
}

/// <summary>Export-LakebaseWorkload.</summary>
public sealed record ExportWorkloadOptions
{
    /// <summary>File to write.</summary>
    public required string Path { get; init; }

    /// <summary>The workload.</summary>
    public LakebaseWorkload? InputObject { get; init; }

    /// <summary>Replace a file that exists.</summary>
    public bool Force { get; init; }
}

/// <summary>Import-LakebaseWorkload.</summary>
public sealed record ImportWorkloadOptions
{
    /// <summary>Files to read.</summary>
    public IReadOnlyList<string> Path { get; init; } = [];
}
