namespace LakebaseOps.Latency;

/// <summary>
/// Samples kept for the breakdown by part: all of them up to a limit, beyond it an even random choice (Vitter's
/// algorithm R); and always the slowest ones.
/// </summary>
internal sealed class SampleStore(long seed)
{
    /// <summary>The slowest requests kept for sure.</summary>
    public const int SlowestKept = 10;

    private const int Limit = 100_000;

    private readonly List<LatencySample> _samples = [];
    private readonly PriorityQueue<LatencySample, long> _slowest = new(SlowestKept + 1);
    private SeededRandom _random = SeededRandom.For(seed, 0xCAFE);
    private long _seen;

    /// <summary>Takes a sample in.</summary>
    public void Add(in LatencySample sample)
    {
        _seen++;
        if (_samples.Count < Limit)
            _samples.Add(sample);
        else if (_random.Next(_seen) is var at and < Limit)
            _samples[(int)at] = sample;
        if (_slowest.Count < SlowestKept)
            _slowest.Enqueue(sample, sample.Total);
        else if (sample.Total > _slowest.Peek().Total)
            _slowest.EnqueueDequeue(sample, sample.Total);
    }

    /// <summary>The kept samples, fastest first.</summary>
    public LatencySample[] Sorted() => [.. _samples.OrderBy(sample => sample.Total)];

    /// <summary>The kept samples by number.</summary>
    public IEnumerable<LatencySample> InOrder() => _samples.OrderBy(sample => sample.Number);

    /// <summary>The slowest of all, slowest first.</summary>
    public IEnumerable<LatencySample> Slowest() =>
        _slowest.UnorderedItems.Select(item => item.Element).OrderByDescending(sample => sample.Total);
}
