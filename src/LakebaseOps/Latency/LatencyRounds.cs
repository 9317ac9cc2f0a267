using LakebaseOps.Latency.Histograms;

namespace LakebaseOps.Latency;

/// <summary>
/// The histograms of a cell's rounds. So that a long run stays small, neighbouring rounds are joined once there are
/// twice as many as a comparison needs.
/// </summary>
internal sealed class LatencyRounds
{
    private const int Kept = 20;

    private readonly List<LatencyHistogram> _ended = [];
    private LatencyHistogram _open = new();
    private int _joined = 1;
    private int _parts;

    /// <summary>Counts a request of the open round.</summary>
    public void Record(long nanoseconds) => _open.Record(nanoseconds);

    /// <summary>Ends the open round, if anything came in it; called between blocks.</summary>
    public void End()
    {
        if (_open.Count == 0 || ++_parts < _joined)
            return;
        _parts = 0;
        _ended.Add(_open);
        _open = new LatencyHistogram();
        if (_ended.Count < 2 * Kept)
            return;
        for (int at = 0; at < Kept; at++)
        {
            _ended[at].Add(_ended[at + 1]);
            _ended.RemoveAt(at + 1);
        }

        _joined *= 2;
    }

    /// <summary>The rounds as results hold them; a last one that was to be joined with others is among them.</summary>
    public IReadOnlyList<LatencyRound> Results() => (LatencyRound[])[.. _ended.Append(_open).Where(round => round.Count > 0).Select(Result)];

    /// <summary>A result's rounds joined with their neighbours to at most so many.</summary>
    public static IReadOnlyList<LatencyRound> Joined(IReadOnlyList<LatencyRound> rounds, int most) => rounds.Count <= most ? rounds :
    [
        .. rounds.Select((round, at) => (Histogram: Of(round), Group: at * most / rounds.Count)).GroupBy(round => round.Group).Select(group =>
        {
            LatencyHistogram all = new();
            foreach ((LatencyHistogram histogram, _) in group)
                all.Add(histogram);
            return Result(all);
        }),
    ];

    /// <summary>The histogram of a round.</summary>
    /// <exception cref="LakebaseException">RunRecordInvalid: its text is no histogram.</exception>
    public static LatencyHistogram Of(LatencyRound round)
    {
        try
        {
            return HistogramCodec.Decode(Convert.FromBase64String(round.Histogram));
        }
        catch (FormatException fault)
        {
            throw new LakebaseError(ErrorIds.RunRecordInvalid, LakebaseErrorKind.InvalidData,
                $"A round of the run is no histogram: {fault.Message}.")
            { Cause = fault, Remedy = "Give the run.json as the measurement wrote it." }.ToException();
        }
    }

    private static LatencyRound Result(LatencyHistogram round) =>
        new(round.Count, Convert.ToBase64String(HistogramCodec.Encode(round)));
}
