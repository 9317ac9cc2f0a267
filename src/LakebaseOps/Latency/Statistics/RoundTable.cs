namespace LakebaseOps.Latency.Statistics;

/// <summary>
/// How many requests of each round lie at or below each value that occurs, so that a quantile of any choice of rounds is
/// found by halving.
/// </summary>
internal sealed class RoundTable
{
    private readonly double[] _values;
    private readonly long[][] _upTo;

    /// <param name="rounds">The rounds' histograms, none of them empty.</param>
    public RoundTable(IReadOnlyList<LatencyHistogram> rounds)
    {
        long[] values = [.. rounds.SelectMany(round => round.Buckets()).Select(bucket => bucket.UpTo).Distinct().Order()];
        Dictionary<long, int> place = values.Select((value, at) => (value, at)).ToDictionary();
        _values = [.. values.Select(value => (double)Math.Max(1, value))];
        _upTo = [.. rounds.Select(round =>
        {
            long[] upTo = new long[values.Length];
            foreach ((long value, long count) in round.Buckets())
                upTo[place[value]] = count;
            for (int at = 1; at < upTo.Length; at++)
                upTo[at] += upTo[at - 1];
            return upTo;
        })];
    }

    /// <summary>
    /// The logarithm of the quantile of the chosen rounds together, taken as spread evenly within a bucket.
    /// </summary>
    public double LogQuantile(int[] rounds, double p)
    {
        double rank = p * UpTo(rounds, _values.Length - 1);
        int low = 0;
        int high = _values.Length - 1;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (UpTo(rounds, middle) < rank)
                low = middle + 1;
            else
                high = middle;
        }

        long seen = low == 0 ? 0 : UpTo(rounds, low - 1);
        double inside = UpTo(rounds, low) - seen;
        double below = low == 0 ? _values[0] : Math.Max(_values[low - 1], _values[low] * (1 - (1.0 / 1024)));
        double part = inside == 0 ? 1 : Math.Clamp((rank - seen) / inside, 0, 1);
        return Math.Log(below + ((_values[low] - below) * part));
    }

    private long UpTo(int[] rounds, int value)
    {
        long sum = 0;
        foreach (int round in rounds)
            sum += _upTo[round][value];
        return sum;
    }
}
