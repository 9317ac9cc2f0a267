using LakebaseOps.Serving;

namespace LakebaseOps.Latency;

/// <summary>
/// Clients that send a request, wait for its answer and send the next. The clock starts before the pool is asked for a
/// connection; keys are made before and answers checked after the timed section. A server that stalls is asked less
/// meanwhile, so its stalls weigh little: response times of a closed loop are those of its clients alone.
/// </summary>
internal sealed class ClosedLoop(IReadOnlyList<RequestClient> clients, LoopTime time) : Loop
{
    /// <summary>Clients that send feature requests.</summary>
    public ClosedLoop(FeaturePlan plan, IReadOnlyList<KeySpace> spaces, FeatureReaders readers, ResponseAudit audit, int clients)
        : this([.. Enumerable.Range(0, clients).Select(_ => new FeatureClient(plan, spaces, readers, audit))], LoopTime.Real)
    {
    }

    /// <inheritdoc />
    public override int Clients => clients.Count;

    /// <inheritdoc />
    public override int Rounds => 20;

    /// <inheritdoc />
    public override TimeSpan LongestBlock => TimeSpan.FromMilliseconds(500);

    /// <inheritdoc />
    public override async Task RunAsync(LatencyCell cell, long requests, TimeSpan limit, CancellationToken cancellationToken)
    {
        Budget budget = new(requests, time, time.Now + LoopTime.Ticks(limit.TotalSeconds));
        await Task.WhenAll(clients.Select(client => time.Start(async () =>
        {
            // Once for all of its requests: a request that finds its clock bound leaves it.
            SocketEvents.Bind(client.Clock);
            while (budget.Take() && cell.Take() is var number and >= 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                client.Prepare(cell, number);
                await client.RunAsync(cell, number, intended: null, cancellationToken).ConfigureAwait(false);
            }
        }))).ConfigureAwait(false);
    }

    private sealed class Budget(long requests, LoopTime time, long deadline)
    {
        private long _left = requests;

        public bool Take() => Interlocked.Decrement(ref _left) >= 0 && time.Now < deadline;
    }
}
