using LakebaseOps.Latency.Statistics;

namespace LakebaseOps.Latency;

/// <summary>The times of a cell in the order they came in: what tells bursts of slow requests from single ones.</summary>
internal sealed class LatencyTrail
{
    // The first so many requests show the memory of the series; one megabyte.
    private const int Limit = 1 << 18;

    private float[] _times = new float[1_024];
    private int _count;

    /// <summary>Takes a request's time in.</summary>
    public void Record(long nanoseconds)
    {
        if (_count == Limit)
            return;
        if (_count == _times.Length)
            Array.Resize(ref _times, 4 * _count);
        _times[_count++] = nanoseconds;
    }

    /// <summary>How many independent samples so many requests are worth at a quantile.</summary>
    /// <param name="requests">All requests of the cell.</param>
    /// <param name="quantile">The quantile's value, nanoseconds.</param>
    public double EffectiveSamples(long requests, double quantile) => _count == 0 ? 0
        : Dependence.EffectiveSamples(_times.AsSpan(0, _count), quantile) * requests / _count;
}
