using System.Management.Automation;
using LakebaseOps.Serving;

namespace LakebaseOps.Commands;

/// <summary>Install-LakebaseWideTable: the denormalised table that mode Wide reads.</summary>
[Cmdlet(VerbsLifecycle.Install, "LakebaseWideTable", SupportsShouldProcess = true)]
[OutputType(typeof(WideTableResult))]
public sealed class InstallLakebaseWideTableCommand : FeatureCommand
{
    /// <summary>Schema of the wide table.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(Completion.SchemaCompleter))]
    public string Schema { get; set; } = "lakebase_ops";

    /// <summary>Remove it.</summary>
    [Parameter]
    public SwitchParameter Remove { get; set; }

    /// <inheritdoc />
    private protected override void Work(LakebaseSession session, IReadOnlyList<string> tables) => Run(
        new InstallWideTableOperation(session, new InstallWideTableOptions
        {
            Table = tables,
            Workload = Rooted(Workload),
            KeyColumn = KeyColumn,
            Entity = Entity,
            Schema = Schema,
            Remove = Remove,
        }),
        asks: true);
}
