using System.Management.Automation;

namespace LakebaseOps.Commands;

/// <summary>Base of the cmdlets that send requests for features, as against those that prepare for them.</summary>
public abstract class FeatureReadCommand : FeatureCommand
{
    /// <summary>One snapshot for all tables of a request.</summary>
    [Parameter]
    public SwitchParameter Consistent { get; set; }

    /// <summary>Connections of one request in mode Parallel.</summary>
    [Parameter]
    [ValidateRange(1, 64)]
    public int? ThrottleLimit { get; set; }
}
