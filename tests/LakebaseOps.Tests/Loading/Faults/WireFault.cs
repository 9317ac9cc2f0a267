namespace LakebaseOps.Tests.Loading.Faults;

/// <summary>What happens to a connection.</summary>
internal enum FaultAction
{
    /// <summary>Nothing on the wire: only <see cref="WireFault.Then"/> happens.</summary>
    None,

    /// <summary>Both sides get a reset.</summary>
    Reset,

    /// <summary>Both sides get an orderly end.</summary>
    Close,

    /// <summary>Nothing is forwarded any more, and nobody is told; only connections that load are meant.</summary>
    Blackhole,

    /// <summary>As <see cref="Blackhole"/>, but of whichever connection it is, be it one of the session's own pool.</summary>
    Silence,

    /// <summary>As <see cref="Blackhole"/>, but the statement that brings it about still arrives.</summary>
    Unanswered,

    /// <summary>Everything goes on, but each packet waits a while.</summary>
    Delay,

    /// <summary>COMMIT reaches the server and is done; its answer never comes, the client gets a reset.</summary>
    LoseAnswer,

    /// <summary>The client gets a reset at once, its COMMIT reaches the server a while later.</summary>
    LateCommit,
}

/// <summary>When it happens; each happens once, to the connection that brings it about.</summary>
internal enum FaultMoment
{
    /// <summary>When so many bytes of all connections together have gone to the server; the last of them still arrives.</summary>
    BytesToServer,

    /// <summary>The same on the way to the client.</summary>
    BytesToClient,

    /// <summary>At the so-manyth COMMIT, before it is forwarded unless the action says otherwise.</summary>
    Commit,

    /// <summary>At the so-manyth statement of any kind, before it is forwarded.</summary>
    Statement,

    /// <summary>At the so-manyth CREATE INDEX of a load, before it is forwarded.</summary>
    Index,

    /// <summary>At the so-manyth VACUUM of a load, before it is forwarded.</summary>
    Vacuum,

    /// <summary>When the so-manyth connection is accepted.</summary>
    Connect,
}

/// <summary>One fault of a schedule.</summary>
/// <param name="Moment">What is counted.</param>
/// <param name="At">Up to where.</param>
/// <param name="Action">What happens then.</param>
internal sealed record WireFault(FaultMoment Moment, long At, FaultAction Action)
{
    /// <summary>Runs when it happens, e.g. to kill somebody; it must not take long.</summary>
    public Action? Then { get; init; }
}
