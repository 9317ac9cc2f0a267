namespace LakebaseOps.Benchmarks.Serving;

/// <summary>Whoever reads the same rows of the same tables by the same keys.</summary>
internal abstract class ServeContender : IAsyncDisposable
{
    /// <summary>Its name in results.</summary>
    public abstract string Name { get; }

    /// <summary>Connects anew, e.g. because the server is bound to another processor now, and warms up.</summary>
    public virtual Task OpenAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Sends requests in a closed loop of one client, one after the other.</summary>
    /// <param name="keys">A key for each entity of the workload.</param>
    /// <param name="requests">How many; the first <see cref="Skipped"/> are not counted.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public abstract Task<ServeSamples> RunAsync(IReadOnlyList<string> keys, int requests, CancellationToken cancellationToken);

    /// <summary>Processor time that this client has used so far; null where not known.</summary>
    public abstract TimeSpan? ProcessorTime();

    /// <summary>Requests per second of several clients.</summary>
    public abstract Task<double> RateAsync(
        IReadOnlyList<string> keys, int clients, TimeSpan duration, CancellationToken cancellationToken);

    /// <summary>The first requests of a run, in which pgbench prepares its statements.</summary>
    public const int Skipped = 200;

    /// <inheritdoc />
    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}

/// <summary>What a run of requests took.</summary>
/// <param name="Microseconds">Time of each counted request.</param>
/// <param name="AllocatedBytes">Bytes this process allocated for each request; null for other programs.</param>
internal sealed record ServeSamples(double[] Microseconds, double? AllocatedBytes);
