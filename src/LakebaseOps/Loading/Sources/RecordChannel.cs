using System.Threading.Channels;

namespace LakebaseOps.Loading.Sources;

/// <summary>
/// Objects on their way from a pipeline into a load: bounded, so that a slow server slows the pipeline down instead of
/// filling memory. One writer, one reader.
/// </summary>
public sealed class RecordChannel
{
    private const int BatchRows = 256;

    private readonly Channel<object?[][]> _batches = Channel.CreateBounded<object?[][]>(
        new BoundedChannelOptions(8) { SingleReader = true, SingleWriter = true });

    private readonly List<object?[]> _open = [];

    /// <summary>Names of the values of every record, fixed by the first.</summary>
    public IReadOnlyList<string> Names { get; private set; } = [];

    /// <summary>True when every record is one text: a line of CSV.</summary>
    public bool IsText { get; private set; }

    /// <summary>Says that every record will be one text, before the first.</summary>
    public void BeginText() => IsText = true;

    /// <summary>Gives the names, before the first record.</summary>
    public void Begin(IReadOnlyList<string> names) => Names = names;

    /// <summary>Takes a record; false when it must be offered again after <see cref="WaitAsync"/>.</summary>
    public bool TryAdd(object?[] values)
    {
        if (_open.Count >= BatchRows && !TrySend())
            return false;
        _open.Add(values);
        return true;
    }

    /// <summary>Waits until there is room, or the reader has gone (then false).</summary>
    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken) => _batches.Writer.WaitToWriteAsync(cancellationToken);

    /// <summary>Sends the last records; false when it must be called again after <see cref="WaitAsync"/>.</summary>
    public bool TryComplete()
    {
        if (_open.Count > 0 && !TrySend())
            return false;
        return _batches.Writer.TryComplete() || true;
    }

    /// <summary>The reader wants no more: a writer that waits is let go.</summary>
    internal void Abandon() => _batches.Writer.TryComplete();

    /// <summary>The next records; null behind the last.</summary>
    internal async ValueTask<object?[][]?> ReadAsync(CancellationToken cancellationToken)
    {
        while (await _batches.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (_batches.Reader.TryRead(out object?[][]? batch))
                return batch;
        }

        return null;
    }

    private bool TrySend()
    {
        if (!_batches.Writer.TryWrite([.. _open]))
            return false;
        _open.Clear();
        return true;
    }
}
