using System.Management.Automation;
using LakebaseOps.Connections;

namespace LakebaseOps.Commands;

/// <summary>Connect-Lakebase: opens a session.</summary>
[Cmdlet(VerbsCommunications.Connect, "Lakebase", DefaultParameterSetName = "Host")]
[OutputType(typeof(LakebaseSession))]
public sealed class ConnectLakebaseCommand : ConnectionCommand
{
    /// <summary>Name of the session.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    /// <inheritdoc />
    protected override void ProcessRecord() =>
        Run(new ConnectOperation(Sessions, Over(new ConnectionOptions { Name = Name })));
}
