using LakebaseOps.Connections;
using LakebaseOps.Operations;

namespace LakebaseOps.Loading.Ledger;

/// <summary>Lists what the ledger knows about loads.</summary>
[Command("Get-LakebaseCheckpoint")]
public sealed class GetCheckpointOperation(LakebaseSession session, CheckpointOptions options) : Operation
{
    /// <inheritdoc />
    public override Task<OperationPlan> DescribeAsync(CancellationToken cancellationToken) =>
        Task.FromResult(new OperationPlan(session.Name, "List checkpoints of loads"));

    /// <inheritdoc />
    public override async Task RunAsync(IOperationSink sink, CancellationToken cancellationToken)
    {
        foreach (LakebaseCheckpoint checkpoint in await Checkpoints
            .ListAsync(PostgresSession.Of(session), options.Table, cancellationToken).ConfigureAwait(false))
            await sink.EmitAsync(checkpoint, cancellationToken).ConfigureAwait(false);
    }
}
