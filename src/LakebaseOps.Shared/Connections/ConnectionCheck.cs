namespace LakebaseOps;

/// <summary>One layer between a client and its tables, in the order in which a connection passes them.</summary>
public enum ConnectionLayer
{
    /// <summary>The host's name has an address.</summary>
    Name,

    /// <summary>The port accepts connections.</summary>
    Tcp,

    /// <summary>TLS and the server's certificate.</summary>
    Tls,

    /// <summary>Role and password or token.</summary>
    Authentication,

    /// <summary>The database exists and lets the role in.</summary>
    Database,

    /// <summary>Direct, or through a transaction pooler.</summary>
    Endpoint,

    /// <summary>Version and settings of the server.</summary>
    Settings,

    /// <summary>What the role may do with schemas and tables.</summary>
    Privileges,
}

/// <summary>What Test-LakebaseConnection found out about one layer.</summary>
public sealed record ConnectionCheck
{
    /// <summary>The layer.</summary>
    public required ConnectionLayer Layer { get; init; }

    /// <summary>Passed, Warning, Failed, or Skipped because a layer below has failed.</summary>
    public required CheckStatus Status { get; init; }

    /// <summary>What was found.</summary>
    public string Detail { get; init; } = "";

    /// <summary>Time the layer took.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>What to do about it; empty when nothing is to be done.</summary>
    public string Remedy { get; init; } = "";

    /// <summary>The id of the error behind a failed layer; null otherwise.</summary>
    public string? ErrorId { get; init; }
}

/// <summary>The parameters of Test-LakebaseConnection: those of Connect-Lakebase and what to look at.</summary>
public sealed record TestConnectionOptions : ConnectionOptions
{
    /// <summary>The default connection: the only open session.</summary>
    public TestConnectionOptions()
    {
    }

    /// <summary>The connection of other options.</summary>
    public TestConnectionOptions(ConnectionOptions connection)
        : base(connection)
    {
    }

    /// <summary>Schema whose privileges are looked at; "public" by default.</summary>
    public string? Schema { get; init; }

    /// <summary>Tables that the role must be able to read.</summary>
    public IReadOnlyList<string> Table { get; init => field = Indexable.Of(value); } = [];

    /// <summary>Answer only whether every layer works.</summary>
    public bool Quiet { get; init; }
}
