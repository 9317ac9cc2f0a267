using System.Management.Automation;
using LakebaseOps.Completion;
using LakebaseOps.Loading.Staging;

namespace LakebaseOps.Commands;

/// <summary>Undo-LakebaseBulkLoad: puts a replaced table back.</summary>
[Cmdlet(VerbsCommon.Undo, "LakebaseBulkLoad", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(UndoBulkLoadResult))]
public sealed class UndoLakebaseBulkLoadCommand : SessionCommand
{
    /// <summary>The table that a load has replaced.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(TableCompleter))]
    public string? Table { get; set; }

    /// <summary>The kept table to put back.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(TableCompleter))]
    public string? PreviousTable { get; set; }

    /// <summary>Drop the table that is replaced now.</summary>
    [Parameter]
    public SwitchParameter DropReplaced { get; set; }

    /// <inheritdoc />
    protected override void ProcessRecord() => Guard(() =>
    {
        UndoBulkLoadOptions undo = new() { Table = Table, PreviousTable = PreviousTable, DropReplaced = DropReplaced };
        RunItem(new UndoBulkLoadOperation(OpenSession(), undo), asks: true);
    });
}
