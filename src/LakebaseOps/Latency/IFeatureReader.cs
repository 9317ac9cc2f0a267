using LakebaseOps.Serving;

namespace LakebaseOps.Latency;

/// <summary>Where feature requests are read from: what a backend is, its implementation alone knows.</summary>
internal interface IFeatureReader : IAsyncDisposable
{
    /// <summary>Its name in results.</summary>
    FeatureBackend Backend { get; }

    /// <summary>Requests that can be read at the same time.</summary>
    int Size { get; }

    /// <summary>Reads the rows of a request; waits while as many others are being read.</summary>
    /// <param name="mode">A mode that it was opened for.</param>
    /// <param name="kind">The kind of request, by its place in the plan.</param>
    /// <param name="keys">One key per entity of the plan.</param>
    /// <param name="response">Takes the rows.</param>
    /// <param name="clock">Books the parts of the time.</param>
    /// <param name="cancellationToken">Stops the request.</param>
    ValueTask ReadAsync(FeatureMode mode, int kind, object[] keys, FeatureResponse response, RequestClock clock, CancellationToken cancellationToken);

    /// <summary>Does next to nothing on a connection: the floor of a round trip. Hands back its nanoseconds.</summary>
    ValueTask<long> FloorAsync(CancellationToken cancellationToken);
}
