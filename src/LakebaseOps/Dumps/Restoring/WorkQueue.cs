namespace LakebaseOps.Dumps.Restoring;

/// <summary>Work that becomes due as other work ends; the most urgent first.</summary>
internal sealed class WorkQueue : IDisposable
{
    private readonly PriorityQueue<Func<CancellationToken, Task>, (double Urgency, long Number)> _due = new();
    private readonly SemaphoreSlim _ready = new(0);
    private readonly object _gate = new();
    private long _number;
    private int _open;
    private bool _isEnd;

    /// <summary>Adds work; from within other work, or before the workers begin.</summary>
    /// <param name="urgency">The higher, the sooner.</param>
    /// <param name="work">What to do.</param>
    public void Add(double urgency, Func<CancellationToken, Task> work)
    {
        lock (_gate)
        {
            _open++;
            _due.Enqueue(work, (-urgency, _number++));
        }

        _ready.Release();
    }

    /// <summary>How much is waiting or being done.</summary>
    public int Open
    {
        get
        {
            lock (_gate)
                return _open;
        }
    }

    /// <summary>Works until nothing is left; the first failure ends all.</summary>
    public async Task RunAsync(int workers, CancellationToken cancellationToken)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        lock (_gate)
        {
            if (_open == 0)
                return;
        }

        Exception? first = null;
        await Task.WhenAll(Enumerable.Range(0, workers).Select(_ => Task.Run(WorkAsync, CancellationToken.None))).ConfigureAwait(false);
        if (first is not null)
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(first);
        cancellationToken.ThrowIfCancellationRequested();

        async Task WorkAsync()
        {
            try
            {
                while (true)
                {
                    await _ready.WaitAsync(stop.Token).ConfigureAwait(false);
                    Func<CancellationToken, Task> work;
                    lock (_gate)
                    {
                        if (_isEnd)
                            return;
                        work = _due.Dequeue();
                    }

                    await work(stop.Token).ConfigureAwait(false);
                    lock (_gate)
                    {
                        if (--_open > 0)
                            continue;
                        _isEnd = true;
                    }

                    _ready.Release(workers);
                }
            }
            catch (Exception exception)
            {
                if (!stop.IsCancellationRequested)
                    Interlocked.CompareExchange(ref first, exception, null);
                await stop.CancelAsync().ConfigureAwait(false);
            }
        }
    }

    /// <inheritdoc />
    public void Dispose() => _ready.Dispose();
}
