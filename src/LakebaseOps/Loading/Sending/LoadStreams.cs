using LakebaseOps.Loading.Ledger;
using LakebaseOps.Loading.Rejects;
using LakebaseOps.Loading.Sources;
using LakebaseOps.Operations;

namespace LakebaseOps.Loading.Sending;

/// <summary>The parallel streams of one table in this process, until nothing is left to load.</summary>
internal sealed class LoadStreams(LoadPlan plan, LoadLedger ledger, LoadConnections connections, LoadMeter meter, IOperationSink sink)
{
    private readonly LoadThrottle _throttle = new(plan, meter, sink);
    private readonly RejectGate _gate = new(plan, ledger.LoadId);

    /// <summary>Loads what is left.</summary>
    /// <exception cref="LakebaseException">The first failure of any stream; the others are stopped then.</exception>
    public async Task RunAsync(IReadOnlyList<LoadedChunk> before, CancellationToken cancellationToken)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        List<Task> work = [];
        using CutAhead? ahead = plan.Source is SeekableSource shared ? new CutAhead(shared, connections, ledger.LoadId, plan.Streams) : null;
        if (plan.Source is SeekableSource seekable && ahead is not null)
        {
            Start(() => ahead.RunAsync(stop.Token));
            ClaimWatch claims = new(connections, ledger.LoadId, sink);
            StartStreams(() => new SharedQueue(seekable, ahead, claims, ledger.LoadId, plan.Table));
        }
        else
        {
            SequentialSource sequential = (SequentialSource)plan.Source;
            sequential.Resume([.. before.Select(chunk => chunk.Range)]);
            StartStreams(() => new SequentialQueue(sequential, ledger, plan.Table));
        }

        try
        {
            await Task.WhenAll(work).ConfigureAwait(false);
        }
        catch
        {
            // The first real failure, not the cancellations that it brought about.
            Exception? cause = work.Select(task => task.Exception?.InnerException)
                .FirstOrDefault(exception => exception is not (null or OperationCanceledException));
            cancellationToken.ThrowIfCancellationRequested();
            if (cause is not null)
                System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(cause);
            throw;
        }

        void StartStreams(Func<ChunkQueue> queue)
        {
            for (int i = 0; i < plan.Streams; i++)
                Start(() => StreamAsync(queue(), stop.Token));
        }

        void Start(Func<Task> part) => work.Add(Task.Run(() => GuardAsync(part, stop), CancellationToken.None));
    }

    private async Task StreamAsync(ChunkQueue queue, CancellationToken cancellationToken)
    {
        ChunkSender sender = new(plan, queue, ChunkTarget.Of(plan), connections, new LoadProgress(meter, _throttle), _gate, _throttle);
        await using (sender.ConfigureAwait(false))
            await sender.RunAsync(cancellationToken).ConfigureAwait(false);
    }

    private static async Task GuardAsync(Func<Task> part, CancellationTokenSource stop)
    {
        try
        {
            await part().ConfigureAwait(false);
        }
        catch
        {
            await stop.CancelAsync().ConfigureAwait(false);
            throw;
        }
    }
}
