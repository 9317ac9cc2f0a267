using LakebaseOps.Operations;

namespace LakebaseOps.Serving;

/// <summary>Import-LakebaseWorkload.</summary>
[Command("Import-LakebaseWorkload", Writes = false)]
public sealed class ImportWorkloadOperation(ImportWorkloadOptions options) : Operation
{
    /// <inheritdoc />
    public override Task<OperationPlan> DescribeAsync(CancellationToken cancellationToken) =>
        Task.FromResult(new OperationPlan(string.Join(", ", options.Path), "Read workloads"));

    /// <inheritdoc />
    public override async Task RunAsync(IOperationSink sink, CancellationToken cancellationToken)
    {
        foreach (string path in options.Path)
        {
            await sink.EmitAsync(
                await WorkloadFile.ReadAsync(path, cancellationToken).ConfigureAwait(false),
                cancellationToken).ConfigureAwait(false);
        }
    }
}
