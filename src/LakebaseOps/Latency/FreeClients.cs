namespace LakebaseOps.Latency;

/// <summary>Clients that are not sending; one dispatcher takes them, the requests in flight give them back.</summary>
/// <param name="clients">All of them.</param>
/// <param name="blocks">True when the dispatcher waits on its own thread.</param>
internal sealed class FreeClients(IReadOnlyList<RequestClient> clients, bool blocks)
{
    private readonly Stack<RequestClient> _free = new(clients);
    private TaskCompletionSource<RequestClient>? _waiting;

    /// <summary>A client; waits while all are busy.</summary>
    public ValueTask<RequestClient> TakeAsync(CancellationToken cancellationToken)
    {
        lock (_free)
        {
            while (blocks && _free.Count == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Monitor.Wait(_free, millisecondsTimeout: 100);
            }

            if (_free.TryPop(out RequestClient? client))
                return ValueTask.FromResult(client);
            _waiting = new TaskCompletionSource<RequestClient>();
            return new ValueTask<RequestClient>(_waiting.Task);
        }
    }

    /// <summary>Waits until all clients are back.</summary>
    public async Task AllAsync()
    {
        List<RequestClient> all = [];
        while (all.Count < clients.Count)
            all.Add(await TakeAsync(CancellationToken.None).ConfigureAwait(false));
        all.ForEach(Return);
    }

    /// <summary>Gives a client back.</summary>
    public void Return(RequestClient client)
    {
        TaskCompletionSource<RequestClient>? waiting;
        lock (_free)
        {
            waiting = _waiting;
            _waiting = null;
            if (waiting is null)
            {
                _free.Push(client);
                Monitor.Pulse(_free);
            }
        }

        waiting?.SetResult(client);
    }
}
