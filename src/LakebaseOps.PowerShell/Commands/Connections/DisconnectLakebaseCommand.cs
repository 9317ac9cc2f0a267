using System.Management.Automation;
using LakebaseOps.Completion;
using LakebaseOps.Connections;

namespace LakebaseOps.Commands;

/// <summary>Disconnect-Lakebase: closes sessions.</summary>
[Cmdlet(VerbsCommunications.Disconnect, "Lakebase", DefaultParameterSetName = "Name")]
[OutputType(typeof(void))]
public sealed class DisconnectLakebaseCommand : LakebaseCommand
{
    /// <summary>Names of sessions; wildcards allowed.</summary>
    [Parameter(Position = 0, ParameterSetName = "Name")]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(SessionCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>Sessions to close.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = "Session")]
    public LakebaseSession[] Session { get; set; } = [];

    /// <summary>Close every open session of this runspace.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "All")]
    public SwitchParameter All { get; set; }

    /// <inheritdoc />
    protected override void ProcessRecord() => Run(
        new DisconnectOperation(Sessions, new DisconnectOptions { Name = Name, All = All }) { Given = Session });
}
