using System.Management.Automation;
using LakebaseOps.Completion;
using LakebaseOps.Loading;
using LakebaseOps.Loading.Ledger;

namespace LakebaseOps.Commands;

/// <summary>Get-LakebaseCheckpoint: how far loads are.</summary>
[Cmdlet(VerbsCommon.Get, "LakebaseCheckpoint")]
[OutputType(typeof(LakebaseCheckpoint))]
public sealed class GetLakebaseCheckpointCommand : SessionCommand
{
    /// <summary>Tables; wildcards allowed.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(TableCompleter))]
    public string[]? Table { get; set; }

    /// <summary>List the chunks as well.</summary>
    [Parameter]
    public SwitchParameter Chunk { get; set; }

    /// <inheritdoc />
    protected override void ProcessRecord() => Guard(() =>
        RunItem(new GetCheckpointOperation(OpenSession(), new GetCheckpointOptions { Table = Table, Chunk = Chunk })));
}
