using LakebaseOps.Operations;
using LakebaseOps.Reports;

namespace LakebaseOps.Latency.Runs;

/// <summary>Import-LakebaseRun.</summary>
[Command("Import-LakebaseRun")]
public sealed class ImportRunOperation(ImportRunOptions options) : Operation
{
    /// <inheritdoc />
    public override Task<OperationPlan> DescribeAsync(CancellationToken cancellationToken) =>
        Task.FromResult(new OperationPlan(string.Join(", ", options.Path), "Read the runs"));

    /// <inheritdoc />
    public override async Task RunAsync(IOperationSink sink, CancellationToken cancellationToken)
    {
        foreach (string path in options.Path)
        {
            RunRecord run = await ReportReader.ReadAsync(path, cancellationToken).ConfigureAwait(false);
            string folder = Directory.Exists(path) ? path : Path.GetDirectoryName(Path.GetFullPath(path))!;
            // A report stands for itself, whatever lies beside it.
            bool isReport = !Directory.Exists(path) && Path.GetExtension(path).StartsWith(".htm", StringComparison.OrdinalIgnoreCase);
            await sink.EmitAsync(isReport ? run : RunLog.Read(folder, run), cancellationToken).ConfigureAwait(false);
        }
    }
}
