using LakebaseOps.Operations;

namespace LakebaseOps.Sandboxes;

/// <summary>Get-LakebaseSandbox.</summary>
[Command("Get-LakebaseSandbox")]
public sealed class GetSandboxOperation(SandboxOptions options) : Operation
{
    /// <inheritdoc />
    public override Task<OperationPlan> DescribeAsync(CancellationToken cancellationToken) =>
        Task.FromResult(new OperationPlan("sandboxes", "List"));

    /// <inheritdoc />
    public override async Task RunAsync(IOperationSink sink, CancellationToken cancellationToken)
    {
        string wanted = options.Name ?? "*";
        bool found = Wildcard.IsPattern(wanted);
        foreach (SandboxFolder folder in SandboxFolder.All(options.Path).Where(folder => Wildcard.Matches(wanted, folder.Name)))
        {
            if (folder.Read() is not LakebaseSandbox sandbox)
                continue;
            found = true;
            await sink.EmitAsync(sandbox, cancellationToken).ConfigureAwait(false);
        }

        if (!found)
            sink.Fail(SandboxFolder.Of(options.Path, wanted).NotFound());
    }
}
