using System.Management.Automation;

namespace LakebaseOps.Commands;

/// <summary>Base of the cmdlets that read features: which tables, by which key, of which entities.</summary>
public abstract class FeatureCommand : TablesCommand
{
    /// <summary>A known set of tables.</summary>
    [Parameter]
    public FeatureWorkload? Workload { get; set; }

    /// <summary>Column that holds the key.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? KeyColumn { get; set; }

    /// <summary>Entities of a request.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Entity { get; set; } = [];
}
