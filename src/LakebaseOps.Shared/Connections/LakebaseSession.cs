namespace LakebaseOps;

/// <summary>
/// An open session: a pool of connections to one database under one role. Thread-safe; shows no secret. Made by
/// Connect-Lakebase, closed by Disconnect-Lakebase.
/// </summary>
public abstract class LakebaseSession : IDisposable, IAsyncDisposable
{
    private protected LakebaseSession(string name) => Name = name;

    /// <summary>The name other commands know it by.</summary>
    public string Name { get; }

    /// <summary>Host name, address or socket folder.</summary>
    public abstract string Host { get; }

    /// <summary>TCP port.</summary>
    public abstract int Port { get; }

    /// <summary>Database name.</summary>
    public abstract string Database { get; }

    /// <summary>Role name.</summary>
    public abstract string Username { get; }

    /// <summary>How the connection is protected, e.g. "VerifyFull" or "Disable" (loopback only).</summary>
    public abstract string SslMode { get; }

    /// <summary>The server's version.</summary>
    public abstract Version ServerVersion { get; }

    /// <summary>When the session was opened (UTC).</summary>
    public DateTimeOffset ConnectedAt { get; } = DateTimeOffset.UtcNow;

    /// <summary>True once it was closed.</summary>
    public abstract bool IsClosed { get; }

    /// <inheritdoc />
    public void Dispose()
    {
        DisposeAsync().AsTask().GetAwaiter().GetResult();
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc />
    public abstract ValueTask DisposeAsync();

    /// <inheritdoc />
    public override string ToString() => Name;
}
