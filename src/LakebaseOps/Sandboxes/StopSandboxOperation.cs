using LakebaseOps.Operations;

namespace LakebaseOps.Sandboxes;

/// <summary>Stop-LakebaseSandbox.</summary>
[Command("Stop-LakebaseSandbox", Writes = true)]
public sealed class StopSandboxOperation(SandboxOptions options) : Operation
{
    /// <inheritdoc />
    public override Task<OperationPlan> DescribeAsync(CancellationToken cancellationToken)
    {
        SandboxFolder folder = SandboxFolder.Of(options.Path, options.Name ?? "default");
        bool removes = options.RemoveData || folder.Read() is { IsEphemeral: true };
        return Task.FromResult(new OperationPlan(
            folder.Path, removes ? "Stop the PostgreSQL server and remove its data" : "Stop the PostgreSQL server, keep its data"));
    }

    /// <inheritdoc />
    public override async Task RunAsync(IOperationSink sink, CancellationToken cancellationToken)
    {
        LakebaseSandbox stopped = await SandboxServer.StopAsync(options, cancellationToken).ConfigureAwait(false);
        await sink.EmitAsync(stopped, cancellationToken).ConfigureAwait(false);
    }
}
