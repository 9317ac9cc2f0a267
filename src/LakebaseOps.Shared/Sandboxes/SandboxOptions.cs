namespace LakebaseOps;

/// <summary>The parameters of Start-LakebaseSandbox.</summary>
public sealed record StartSandboxOptions
{
    /// <summary>Name of the sandbox; "default" when not given.</summary>
    public string? Name { get; init; }

    /// <summary>Parent folder of sandboxes; the user's local application data when not given.</summary>
    public string? Path { get; init; }

    /// <summary>Folder of postgres, initdb and pg_ctl; searched for when not given.</summary>
    public string? BinPath { get; init; }

    /// <summary>Wanted major version, e.g. 17; the newest found when not given.</summary>
    public int? Version { get; init; }

    /// <summary>TCP port; a free one when not given.</summary>
    public int? Port { get; init; }

    /// <summary>Remove everything when it stops, or when this process ends.</summary>
    public bool Ephemeral { get; init; }

    /// <summary>Server settings to start with, e.g. shared_buffers = 512MB.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();
}

/// <summary>The parameters of Get-LakebaseSandbox and Stop-LakebaseSandbox.</summary>
public sealed record SandboxOptions
{
    /// <summary>Name of the sandbox; Get: all when not given; Stop: "default" when not given.</summary>
    public string? Name { get; init; }

    /// <summary>Parent folder of sandboxes; the user's local application data when not given.</summary>
    public string? Path { get; init; }

    /// <summary>Stop: also remove the data of a lasting sandbox.</summary>
    public bool RemoveData { get; init; }
}
