namespace LakebaseOps;

/// <summary>Dumps to check: the parameters of Test-LakebaseDump.</summary>
public sealed record TestDumpOptions
{
    /// <summary>Folders of dumps.</summary>
    public IReadOnlyList<string> Path { get; init; } = [];

    /// <summary>Files read at the same time; by default one for each processor.</summary>
    public int? ThrottleLimit { get; init; }
}

/// <summary>Dumps to describe: the parameters of Get-LakebaseDump.</summary>
public sealed record GetDumpOptions
{
    /// <summary>Folders of dumps.</summary>
    public IReadOnlyList<string> Path { get; init; } = [];

    /// <summary>Tables to list, with their objects; wildcards allowed; by default all.</summary>
    public IReadOnlyList<string>? Table { get; init; }
}
