namespace LakebaseOps;

/// <summary>A private PostgreSQL server on this machine, reachable from this machine alone.</summary>
public sealed record LakebaseSandbox
{
    /// <summary>Its name; the default sandbox is "default".</summary>
    public required string Name { get; init; }

    /// <summary>"Running" or "Stopped".</summary>
    public required string State { get; init; }

    /// <summary>The server's version.</summary>
    public required Version Version { get; init; }

    /// <summary>Always a loopback address.</summary>
    public required string Host { get; init; }

    /// <summary>TCP port on loopback.</summary>
    public required int Port { get; init; }

    /// <summary>The superuser's name.</summary>
    public required string Username { get; init; }

    /// <summary>Folder of the data directory, log and password file.</summary>
    public required string Path { get; init; }

    /// <summary>Folder of the server binaries.</summary>
    public required string BinPath { get; init; }

    /// <summary>Process id of the server; 0 when stopped.</summary>
    public required int ProcessId { get; init; }

    /// <summary>Process id of the owner that an ephemeral sandbox ends with; 0 for a lasting one.</summary>
    public int OwnerProcessId { get; init; }

    /// <summary>True when the sandbox is removed with its data as it stops.</summary>
    public bool IsEphemeral { get; init; }

    /// <summary>When it was started (UTC).</summary>
    public DateTimeOffset StartedAt { get; init; }

    /// <inheritdoc />
    public override string ToString() => Name;
}
