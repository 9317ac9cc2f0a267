using System.Runtime.CompilerServices;
using LakebaseOps.Latency;
using Npgsql;

namespace LakebaseOps.Serving;

/// <summary>A script with its statements prepared on a connection, or on one for each batch when they are concurrent.</summary>
internal sealed class PreparedScript : IAsyncDisposable
{
    private readonly FeatureScript _script;
    private readonly PreparedBatch[] _batches;

    public PreparedScript(NpgsqlConnection[] connections, FeatureScript script, FeaturePlan plan)
    {
        _script = script;
        _batches =
        [
            .. script.Batches.Select((batch, index) => (Batch: batch, Connection: script.IsConcurrent ? index : 0))
                .Select(part => new PreparedBatch(connections[part.Connection], part.Connection, part.Batch, script.HasBarriers, plan)),
        ];
    }

    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        foreach (PreparedBatch batch in _batches)
            await batch.PrepareAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads the rows of a request into a cleared response.</summary>
    public ValueTask ReadAsync(
        object[] keys, FeatureResponse response, RequestClock? clock, CancellationToken cancellationToken) =>
        _script switch
        {
            { IsConcurrent: true } => TogetherAsync(keys, response, clock, cancellationToken),
            { IsTransaction: true } => TransactionAsync(keys, response, clock, cancellationToken),
            _ => InTurnAsync(keys, response, clock, cancellationToken),
        };

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        foreach (PreparedBatch batch in _batches)
            await batch.DisposeAsync().ConfigureAwait(false);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask InTurnAsync(
        object[] keys, FeatureResponse response, RequestClock? clock, CancellationToken cancellationToken)
    {
        foreach (PreparedBatch batch in _batches)
            await batch.ReadAsync(keys, response, clock, cancellationToken).ConfigureAwait(false);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask TransactionAsync(
        object[] keys, FeatureResponse response, RequestClock? clock, CancellationToken cancellationToken)
    {
        try
        {
            await InTurnAsync(keys, response, clock, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await _batches[0].RollBackAsync().ConfigureAwait(false);
            throw;
        }
    }

    // A clock can follow one connection only: the first. What the others take longer is left to the residual.
    private async ValueTask TogetherAsync(
        object[] keys, FeatureResponse response, RequestClock? clock, CancellationToken cancellationToken)
    {
        Task others = Task.WhenAll(_batches.Skip(1).Select(batch => AsideAsync(batch, keys, response, cancellationToken)));
        try
        {
            await _batches[0].ReadAsync(keys, response, clock, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await others.ConfigureAwait(false);
        }
    }

    private static async Task AsideAsync(
        PreparedBatch batch, object[] keys, FeatureResponse response, CancellationToken cancellationToken)
    {
        SocketEvents.Bind(null);
        await batch.ReadAsync(keys, response, clock: null, cancellationToken).ConfigureAwait(false);
    }
}
