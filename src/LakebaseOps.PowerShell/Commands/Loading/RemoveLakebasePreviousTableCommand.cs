using System.Management.Automation;
using LakebaseOps.Completion;
using LakebaseOps.Loading.Staging;

namespace LakebaseOps.Commands;

/// <summary>Remove-LakebasePreviousTable: drops tables that loads have replaced and kept.</summary>
[Cmdlet(VerbsCommon.Remove, "LakebasePreviousTable", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(RemovePreviousTableResult))]
public sealed class RemoveLakebasePreviousTableCommand : SessionCommand
{
    /// <summary>Tables whose former selves were kept; wildcards allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(TableCompleter))]
    public string[]? Table { get; set; }

    /// <summary>The one kept table to drop.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(TableCompleter))]
    public string? PreviousTable { get; set; }

    /// <summary>How many to leave of each table.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int KeepLast { get; set; }

    /// <summary>Do not ask.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc />
    protected override void ProcessRecord() => Guard(() =>
    {
        // A load that has kept nothing says so; that is no wish to drop what others have kept.
        if (MyInvocation.BoundParameters.ContainsKey(nameof(PreviousTable)) && string.IsNullOrEmpty(PreviousTable))
            return;
        RemovePreviousTableOptions remove = new() { Table = Table, PreviousTable = PreviousTable, KeepLast = KeepLast };
        RunItem(new RemovePreviousTableOperation(OpenSession(), remove), asks: !Force || IsWhatIf);
    });
}
