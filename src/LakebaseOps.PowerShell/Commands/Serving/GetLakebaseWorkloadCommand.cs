using System.Management.Automation;
using LakebaseOps.Serving;

namespace LakebaseOps.Commands;

/// <summary>Get-LakebaseWorkload: a workload derived from the tables there are.</summary>
[Cmdlet(VerbsCommon.Get, "LakebaseWorkload")]
[OutputType(typeof(LakebaseWorkload))]
public sealed class GetLakebaseWorkloadCommand : FeatureCommand
{
    /// <summary>Name of the workload.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    /// <inheritdoc />
    private protected override void Work(LakebaseSession session, IReadOnlyList<string> tables) =>
        Run(new GetWorkloadOperation(session, new GetWorkloadOptions
        {
            Table = tables,
            Workload = Rooted(Workload),
            KeyColumn = KeyColumn,
            Entity = Entity,
            Name = Name,
        }));
}
