using LakebaseOps.Operations;

namespace LakebaseOps.Sandboxes;

/// <summary>Start-LakebaseSandbox.</summary>
[Command("Start-LakebaseSandbox", Writes = true)]
public sealed class StartSandboxOperation(StartSandboxOptions options) : Operation
{
    /// <inheritdoc />
    public override Task<OperationPlan> DescribeAsync(CancellationToken cancellationToken)
    {
        SandboxFolder folder = SandboxFolder.Of(options.Path, options.Name ?? "default");
        return Task.FromResult(new OperationPlan(folder.Path, "Start a private PostgreSQL server on loopback"));
    }

    /// <inheritdoc />
    public override async Task RunAsync(IOperationSink sink, CancellationToken cancellationToken)
    {
        LakebaseSandbox sandbox = await SandboxServer.StartAsync(options, cancellationToken).ConfigureAwait(false);
        sink.Milestone($"Sandbox '{sandbox.Name}': PostgreSQL {sandbox.Version} on {sandbox.Host}:{sandbox.Port}");
        await sink.EmitAsync(sandbox, cancellationToken).ConfigureAwait(false);
    }
}
