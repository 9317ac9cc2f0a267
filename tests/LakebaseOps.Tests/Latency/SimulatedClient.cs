using LakebaseOps.Latency;

namespace LakebaseOps.Tests.Latency;

/// <summary>
/// A backend that answers any number of requests at once, each after the same time, except while it is frozen: what is in
/// hand or comes then is answered after the freeze.
/// </summary>
internal sealed class SimulatedClient(LoopTime time, double serviceSeconds, Func<long, long> thaw) : RequestClient(time)
{
    private readonly LoopTime _time = time;

    /// <summary>Every so many requests fail with this SQLSTATE.</summary>
    public (int Every, string Code)? Failing { get; init; }

    public override void Prepare(LatencyCell cell, long number)
    {
    }

    public override async ValueTask SendAsync(LatencyCell cell, CancellationToken cancellationToken)
    {
        // The work goes on when the freeze is over; a freeze that comes in the middle of it stops it as well.
        long left = LoopTime.Ticks(serviceSeconds);
        long at = _time.Now;
        while (left > 0 || thaw(at) > at)
        {
            if (thaw(at) > at)
            {
                at = thaw(at);
                continue;
            }

            long step = Math.Min(left, LoopTime.Ticks(0.001));
            at += step;
            left -= step;
        }

        await _time.UntilAsync(at, cancellationToken);
        if (Failing is var (every, code) && cell.Begun % every == 0)
            throw new Npgsql.PostgresException("simulated", "ERROR", "ERROR", code);
    }

    public override RequestOutcome Check(LatencyCell cell, long number) => new(1, 1, null);
}
