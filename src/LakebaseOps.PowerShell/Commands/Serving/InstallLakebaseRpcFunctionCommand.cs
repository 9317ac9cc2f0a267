using System.Management.Automation;
using LakebaseOps.Serving;

namespace LakebaseOps.Commands;

/// <summary>Install-LakebaseRpcFunction: the server function that mode Rpc calls.</summary>
[Cmdlet(VerbsLifecycle.Install, "LakebaseRpcFunction", SupportsShouldProcess = true)]
[OutputType(typeof(RpcFunctionResult))]
public sealed class InstallLakebaseRpcFunctionCommand : FeatureCommand
{
    /// <summary>Schema of the function.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string Schema { get; set; } = "lakebase_ops";

    /// <summary>Remove it.</summary>
    [Parameter]
    public SwitchParameter Remove { get; set; }

    /// <inheritdoc />
    private protected override void Work(LakebaseSession session, IReadOnlyList<string> tables) => Run(
        new InstallRpcFunctionOperation(session, new InstallRpcFunctionOptions
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
