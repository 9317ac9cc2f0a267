namespace LakebaseOps;

/// <summary>The parameters of Get-LakebaseSession.</summary>
public sealed record SessionOptions
{
    /// <summary>Names of sessions, wildcards allowed; all open ones when not given.</summary>
    public IReadOnlyList<string> Name { get; init; } = [];
}

/// <summary>The parameters of Disconnect-Lakebase.</summary>
public sealed record DisconnectOptions
{
    /// <summary>Names of sessions, wildcards allowed; the only open one when not given.</summary>
    public IReadOnlyList<string> Name { get; init; } = [];

    /// <summary>Close every open session.</summary>
    public bool All { get; init; }
}
