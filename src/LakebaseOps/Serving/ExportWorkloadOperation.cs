using LakebaseOps.Operations;

namespace LakebaseOps.Serving;

/// <summary>Export-LakebaseWorkload.</summary>
[Command("Export-LakebaseWorkload", Writes = true)]
public sealed class ExportWorkloadOperation(ExportWorkloadOptions options) : Operation
{
    /// <inheritdoc />
    public override Task<OperationPlan> DescribeAsync(CancellationToken cancellationToken)
    {
        LakebaseWorkload workload = Workload();
        return Task.FromResult(new OperationPlan(Path.GetFullPath(options.Path), $"Write the workload '{workload.Name}'"));
    }

    /// <inheritdoc />
    public override async Task RunAsync(IOperationSink sink, CancellationToken cancellationToken)
    {
        LakebaseWorkload workload = Workload();
        string path = Path.GetFullPath(options.Path);
        if (!options.Force && (File.Exists(path) || Directory.Exists(path)))
        {
            throw new LakebaseError(ErrorIds.FileExists, LakebaseErrorKind.Exists, $"'{path}' exists already.")
            { Target = path, Remedy = "Use -Force to replace it, or another -Path." }.ToException();
        }

        await WorkloadFile.WriteAsync(path, workload, cancellationToken).ConfigureAwait(false);
        await sink.EmitAsync(new FileInfo(path), cancellationToken).ConfigureAwait(false);
    }

    private LakebaseWorkload Workload()
    {
        LakebaseWorkload workload = options.InputObject ?? throw new LakebaseError(
            ErrorIds.InvalidArgument, LakebaseErrorKind.InvalidArgument, "There is no workload to write.")
        { Target = options.Path, Remedy = "Pipe in what Get-LakebaseWorkload returns." }.ToException();
        WorkloadChecks.Demand(workload, workload.Name);
        return workload;
    }
}
