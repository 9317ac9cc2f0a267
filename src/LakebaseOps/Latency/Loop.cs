namespace LakebaseOps.Latency;

/// <summary>When requests are sent: the load generator's plan.</summary>
internal abstract class Loop
{
    /// <summary>Requests in flight at most.</summary>
    public abstract int Clients { get; }

    /// <summary>Blocks that a cell is divided into.</summary>
    public abstract int Rounds { get; }

    /// <summary>No block is longer.</summary>
    public abstract TimeSpan LongestBlock { get; }

    /// <summary>Sends a cell's requests until a number of them or a time is reached.</summary>
    /// <param name="cell">Whose requests to send.</param>
    /// <param name="requests">Requests at most.</param>
    /// <param name="limit">Time at most; a request begun is finished.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public abstract Task RunAsync(LatencyCell cell, long requests, TimeSpan limit, CancellationToken cancellationToken);
}
