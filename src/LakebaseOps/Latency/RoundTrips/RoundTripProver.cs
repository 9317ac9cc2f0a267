using System.Diagnostics;
using System.Globalization;
using LakebaseOps.Connections;
using LakebaseOps.Operations;
using LakebaseOps.Serving;

namespace LakebaseOps.Latency.RoundTrips;

/// <summary>
/// Proves how many round trips requests of each mode take: sends them through a link that makes each round trip longer by 0, 1, 2 and
/// 5 ms in turn, in an order drawn anew each round. What a round trip takes then is measured as well, by the least request there is:
/// a process that has waited wakes up the slower the longer it slept, and the measured time holds that as the requests' times do.
/// </summary>
internal sealed class RoundTripProver(
    IOperationSink sink, PostgresSession session, FeatureStatements statements, IReadOnlyList<KeySpace> spaces, MeasureFeatureLatencyOptions options)
{
    private const string Activity = "Proving round trips";
    private const int WarmUpRequests = 50;
    private const int LeastRounds = 10;
    private const int MostRounds = 30;
    private const int MoreRounds = 5;
    private const int MostRequests = 4;
    private const int LeastRequests = 2;

    private static readonly double[] DelaysMs = [0, 1, 2, 5];

    private readonly FeatureResponse _response = new(statements.Plan);
    private readonly long[] _ids = new long[statements.Plan.Entities.Count];
    private readonly object[] _keys = new object[statements.Plan.Entities.Count];
    private readonly RequestStream _stream = new(
        spaces, [.. spaces.Select(space => new KeySampler(KeyDistribution.Uniform, space.Count, options))], options.Seed, 0x0771, statements.Requests);
    private long _number;

    // Of several kinds of requests the one that reads most.
    private int Kind { get; } = Enumerable.Range(0, statements.Requests.Count).MaxBy(kind => statements.Requests[kind].Tables.Count);

    /// <summary>Proves every mode that was asked for.</summary>
    /// <exception cref="LakebaseException">RelayNotPossible; WrongFeatures, KeyNotUnique: an answer was wrong.</exception>
    public async Task<IReadOnlyDictionary<FeatureMode, RoundTripProof>> RunAsync(CancellationToken cancellationToken)
    {
        List<Candidate> modes = [.. options.Mode.Distinct().Select(mode => new Candidate(mode, statements.ByMode[mode][Kind].RoundTrips))];
        DelayedLink link = new(DelayedLink.ServerOf(session));
        await using (link.ConfigureAwait(false))
        {
            FeaturePool pool = await FeaturePool.OpenAsync(session, statements, 1, cancellationToken, link.Address).ConfigureAwait(false);
            await using (pool.ConfigureAwait(false))
            {
                FeatureConnection connection = await pool.RentAsync(cancellationToken).ConfigureAwait(false);
                try
                {
                    await RoundsAsync(connection, link, modes, cancellationToken).ConfigureAwait(false);
                }
                finally
                {
                    pool.Return(connection);
                    sink.Report(new OperationProgress(Activity, "") { IsCompleted = true });
                }
            }
        }

        return modes.ToDictionary(one => one.Mode, one => Tell(one.Slope.Proof(one.Mode, (long)one.Slope.Rounds * DelaysMs.Length * one.Requests)));
    }

    private async Task RoundsAsync(FeatureConnection connection, DelayedLink link, List<Candidate> modes, CancellationToken cancellationToken)
    {
        foreach (Candidate one in modes)
            await FastestAsync(link, WarmUpRequests, () => ReadAsync(connection, one.Mode, cancellationToken)).ConfigureAwait(false);
        SeededRandom random = SeededRandom.For(options.Seed, 0x0772);
        // Modes whose slope is sure are left alone.
        List<Candidate> open = modes;
        for (int round = 0; round < MostRounds && open.Count > 0; round++)
        {
            sink.Report(new OperationProgress(Activity, string.Create(CultureInfo.InvariantCulture, $"round {round + 1}"))
            { Percent = Math.Min(100, 100.0 * round / LeastRounds) });
            await RoundAsync(connection, link, open, random.NextUInt64(), cancellationToken).ConfigureAwait(false);
            if (round + 1 >= LeastRounds && (round + 1) % MoreRounds == 0)
                open = open.FindAll(one => !one.Slope.IsSure());
        }
    }

    private async Task RoundAsync(
        FeatureConnection connection, DelayedLink link, List<Candidate> modes, ulong seed, CancellationToken cancellationToken)
    {
        Random random = new((int)seed);
        double[] delays = [.. DelaysMs];
        random.Shuffle(delays);
        Dictionary<FeatureMode, List<RoundTripPoint>> points = modes.ToDictionary(one => one.Mode, _ => new List<RoundTripPoint>());
        foreach (double delay in delays)
        {
            link.Delay = TimeSpan.FromMilliseconds(delay);
            Dictionary<int, double> roundTrips = [];
            foreach (Candidate one in modes.DistinctBy(one => one.Expected))
                roundTrips[one.Expected] = await RoundTripAsync(connection, link, one, cancellationToken).ConfigureAwait(false);
            Candidate[] order = [.. modes];
            random.Shuffle(order);
            foreach (Candidate one in order)
            {
                (double injected, double latency) = await FastestAsync(
                    link, one.Requests, () => ReadAsync(connection, one.Mode, cancellationToken)).ConfigureAwait(false);
                points[one.Mode].Add(new RoundTripPoint(delay, injected, roundTrips[one.Expected], latency));
            }
        }

        foreach (Candidate one in modes)
            one.Slope.Add(points[one.Mode]);
    }

    /// <summary>
    /// What a round trip takes, milliseconds, as a request of so many feels it: of many trips the fastest request has some slow ones.
    /// </summary>
    private static async Task<double> RoundTripAsync(FeatureConnection connection, DelayedLink link, Candidate like, CancellationToken cancellationToken)
    {
        (_, double trips) = await FastestAsync(link, like.Requests, async () =>
        {
            for (int trip = 0; trip < like.Expected; trip++)
                await connection.FloorAsync(cancellationToken).ConfigureAwait(false);
        }).ConfigureAwait(false);
        return trips / like.Expected;
    }

    /// <summary>
    /// What was added to the fastest of some requests and what that took, milliseconds, after one that does not count. Whatever
    /// disturbs a request makes it longer, so the fastest one is the least disturbed.
    /// </summary>
    private static async Task<(double Injected, double Latency)> FastestAsync(DelayedLink link, int requests, Func<ValueTask> send)
    {
        (double Injected, double Latency) fastest = (0, double.MaxValue);
        for (int request = -1; request < requests; request++)
        {
            link.TakeDelay();
            long started = Stopwatch.GetTimestamp();
            await send().ConfigureAwait(false);
            double latency = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            if (request >= 0 && latency < fastest.Latency)
                fastest = (link.TakeDelay().TotalMilliseconds, latency);
        }

        return fastest;
    }

    private async ValueTask ReadAsync(FeatureConnection connection, FeatureMode mode, CancellationToken cancellationToken)
    {
        _stream.Fill(_number++, _ids, _keys);
        await connection.ReadAsync(mode, Kind, _keys, _response, clock: null, cancellationToken).ConfigureAwait(false);
        FeatureCheck.Demand(statements.Plan, _keys, _response);
    }

    private RoundTripProof Tell(RoundTripProof proof)
    {
        string text = string.Create(CultureInfo.InvariantCulture,
            $"{proof.Mode}: {proof.Slope:F3} round trips ({proof.Low:F3} to {proof.High:F3}), expected {proof.Expected}: {proof.Verdict}");
        if (proof.Verdict == RoundTripVerdict.Proven)
            sink.Milestone(text);
        else
            sink.Warn(text);
        return proof;
    }

    private sealed record Candidate(FeatureMode Mode, int Expected)
    {
        public RoundTripSlope Slope { get; } = new(Expected);

        // A request of many round trips takes long, and is many measurements of one.
        public int Requests { get; } = Math.Clamp(4 * MostRequests / Expected, LeastRequests, MostRequests);
    }
}
