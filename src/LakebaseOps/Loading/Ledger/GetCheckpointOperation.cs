using LakebaseOps.Connections;
using LakebaseOps.Operations;

namespace LakebaseOps.Loading.Ledger;

/// <summary>Lists what the ledger knows about loads.</summary>
[Command("Get-LakebaseCheckpoint")]
public sealed class GetCheckpointOperation(LakebaseSession session, GetCheckpointOptions options) : Operation
{
    /// <inheritdoc />
    public override Task<OperationPlan> DescribeAsync(CancellationToken cancellationToken) =>
        Task.FromResult(new OperationPlan(session.Name, "List checkpoints of loads"));

    /// <inheritdoc />
    public override async Task RunAsync(IOperationSink sink, CancellationToken cancellationToken)
    {
        PostgresSession own = PostgresSession.Of(session);
        foreach (LakebaseCheckpoint checkpoint in await Checkpoints.ListAsync(own, options.Table, cancellationToken).ConfigureAwait(false))
        {
            LakebaseCheckpoint shown = options.Chunk
                ? checkpoint with { Chunks = await Checkpoints.ChunksAsync(own, checkpoint.LoadId, cancellationToken).ConfigureAwait(false) }
                : checkpoint;
            await sink.EmitAsync(shown, cancellationToken).ConfigureAwait(false);
        }
    }
}
