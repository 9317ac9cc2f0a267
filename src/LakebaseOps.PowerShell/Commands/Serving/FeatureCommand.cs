using System.Management.Automation;

namespace LakebaseOps.Commands;

/// <summary>Base of the cmdlets that read features: which tables, by which key, of which entities.</summary>
public abstract class FeatureCommand : TablesCommand
{
    /// <summary>A known workload, the path of a workload file, or a workload.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(Completion.WorkloadCompleter))]
    [ValidateNotNull]
    public WorkloadReference? Workload { get; set; }

    /// <summary>Column that holds the key.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? KeyColumn { get; set; }

    /// <summary>Entities of a request.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Entity { get; set; } = [];

    /// <summary>A reference whose path, if it is one, starts at PowerShell's own location.</summary>
    private protected WorkloadReference? Rooted(WorkloadReference? workload) => workload?.Path is string path
        ? new WorkloadReference(GetUnresolvedProviderPathFromPSPath(path))
        : workload;
}
