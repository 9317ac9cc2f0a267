using System.Management.Automation;
using LakebaseOps.Completion;
using LakebaseOps.Loading;
using LakebaseOps.Loading.Ledger;

namespace LakebaseOps.Commands;

/// <summary>Remove-LakebaseCheckpoint: forgets loads and drops what is left of unfinished ones.</summary>
[Cmdlet(VerbsCommon.Remove, "LakebaseCheckpoint", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(void))]
public sealed class RemoveLakebaseCheckpointCommand : SessionCommand
{
    /// <summary>Tables; wildcards allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(TableCompleter))]
    public string[]? Table { get; set; }

    /// <summary>Do not ask.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc />
    protected override void ProcessRecord() => Guard(() =>
    {
        RemoveCheckpointOperation operation = new(OpenSession(), new CheckpointOptions { Table = Table });
        RunItem(operation, asks: !Force || IsWhatIf);
    });
}
