using LakebaseOps.Connections;
using LakebaseOps.Serving;
using Npgsql;

namespace LakebaseOps.Latency.Auditing;

/// <summary>
/// Watches client and server during the blocks of cells. What it reads from the server it reads between blocks, but for the
/// samples of waits, which take a connection of their own.
/// </summary>
internal sealed class CellWatch : IAsyncDisposable
{
    private readonly FeatureReaders _readers;
    private readonly ServerCounters _counters;
    private readonly NpgsqlConnection _sampling;
    private readonly WaitSampler _waits;
    private IReadOnlyDictionary<string, long> _before = new Dictionary<string, long>();
    private ProcessorTimes _processors;
    private CancellationTokenSource? _blockEnd;
    private Task<long> _sampled = Task.FromResult(0L);

    private CellWatch(FeatureReaders readers, ServerCounters counters, NpgsqlConnection sampling)
    {
        _readers = readers;
        _counters = counters;
        _sampling = sampling;
        _waits = new WaitSampler(sampling);
    }

    /// <summary>Prepares to watch.</summary>
    /// <param name="session">Where the samples are taken.</param>
    /// <param name="control">The connection that reads counters.</param>
    /// <param name="statements">What is read.</param>
    /// <param name="readers">The connections of the requests.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static async Task<CellWatch> OpenAsync(
        PostgresSession session, NpgsqlConnection control, FeatureStatements statements, FeatureReaders readers, CancellationToken cancellationToken)
    {
        ServerCounters counters = await ServerCounters.OfAsync(control, statements, cancellationToken).ConfigureAwait(false);
        return new CellWatch(readers, counters, await session.OpenAsync(cancellationToken).ConfigureAwait(false));
    }

    /// <summary>A block of the cell begins at once.</summary>
    public async Task BeginAsync(LatencyCell cell, CancellationToken cancellationToken)
    {
        _blockEnd = new CancellationTokenSource();
        // What another backend does, PostgreSQL does not know.
        if (cell.Backend == FeatureBackend.PostgreSql)
        {
            _before = await _counters.ReadAsync(_readers, cancellationToken).ConfigureAwait(false);
            CancellationToken end = _blockEnd.Token;
            _sampled = Task.Run(() => _waits.RunAsync(cell.Load.Waits, end), CancellationToken.None);
        }

        cell.Load.Hiccups.Start();
        _processors = ProcessorTimes.Now();
    }

    /// <summary>The block has ended; books what was seen.</summary>
    public async Task EndAsync(LatencyCell cell, CancellationToken cancellationToken)
    {
        cell.Load.Add(ProcessorTimes.Now() - _processors);
        await StopAsync(cell).ConfigureAwait(false);
        if (cell.Backend != FeatureBackend.PostgreSql)
            return;
        cell.Load.HasIo = _counters.HasIo;
        cell.Load.Add(_before, await _counters.ReadAsync(_readers, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Stops watching, however the block ended; nothing when that was done before.</summary>
    public async Task StopAsync(LatencyCell cell)
    {
        if (_blockEnd is null)
            return;
        cell.Load.Hiccups.Stop();
        await _blockEnd.CancelAsync().ConfigureAwait(false);
        cell.Load.WaitSamples += await _sampled.ConfigureAwait(false);
        _sampled = Task.FromResult(0L);
        _blockEnd.Dispose();
        _blockEnd = null;
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _sampling.DisposeAsync();
}
