using System.Collections;
using System.Management.Automation;
using LakebaseOps.Completion;

namespace LakebaseOps.Commands;

/// <summary>Base of the cmdlets that restore: what Import-LakebaseDump and Copy-LakebaseDatabase have in common.</summary>
public abstract class RestoreCommand : SessionCommand
{
    /// <summary>Schemas to restore; wildcards allowed.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[]? Schema { get; set; }

    /// <summary>Tables to restore with what belongs to them; all else stays as it is. Wildcards allowed.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(TableCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? Table { get; set; }

    /// <summary>Schemas that get another name: @{ old = 'new' }.</summary>
    [Parameter]
    [ValidateNotNull]
    public Hashtable? SchemaMap { get; set; }

    /// <summary>Roles that are called otherwise on the target: @{ old = 'new' }.</summary>
    [Parameter]
    [ValidateNotNull]
    public Hashtable? RoleMap { get; set; }

    /// <summary>Leave everything to the role of the session.</summary>
    [Parameter]
    public SwitchParameter NoOwner { get; set; }

    /// <summary>Grant nothing.</summary>
    [Parameter]
    public SwitchParameter NoPrivileges { get; set; }

    /// <summary>Make objects directly in their places, which must be free.</summary>
    [Parameter]
    public SwitchParameter InPlace { get; set; }

    /// <summary>Keep what is replaced under another name.</summary>
    [Parameter]
    public SwitchParameter KeepPrevious { get; set; }

    /// <summary>How rows are proved before anything is replaced.</summary>
    [Parameter]
    public LoadProof Proof { get; set; } = LoadProof.Content;

    /// <summary>Tables and indexes that are worked on at the same time.</summary>
    [Parameter]
    [ValidateRange(1, 64)]
    public int? ThrottleLimit { get; set; }

    /// <summary>Give up an unfinished restore and begin anew.</summary>
    [Parameter]
    public SwitchParameter Restart { get; set; }

    /// <summary>Also from a newer server than the target.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>The options that both have.</summary>
    private protected T Fill<T>(T options)
        where T : RestoreOptions => (T)(options with
        {
            Schema = Schema,
            Table = Table,
            SchemaMap = WorkflowVariableTable.Texts(SchemaMap),
            RoleMap = WorkflowVariableTable.Texts(RoleMap),
            NoOwner = NoOwner,
            NoPrivileges = NoPrivileges,
            InPlace = InPlace,
            KeepPrevious = KeepPrevious,
            Proof = Proof,
            ThrottleLimit = ThrottleLimit,
            Restart = Restart,
            Force = Force,
        });
}
