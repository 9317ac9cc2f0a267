using System.Management.Automation;
using LakebaseOps.Completion;
using LakebaseOps.Sandboxes;

namespace LakebaseOps.Commands;

/// <summary>Stop-LakebaseSandbox: stops a sandbox's server.</summary>
[Cmdlet(VerbsLifecycle.Stop, "LakebaseSandbox", SupportsShouldProcess = true, DefaultParameterSetName = "Name")]
[OutputType(typeof(LakebaseSandbox))]
public sealed class StopLakebaseSandboxCommand : LakebaseCommand
{
    /// <summary>Name of the sandbox.</summary>
    [Parameter(Position = 0, ParameterSetName = "Name")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(SandboxCompleter))]
    public string Name { get; set; } = "default";

    /// <summary>Parent folder of sandboxes.</summary>
    [Parameter(ParameterSetName = "Name")]
    public string? Path { get; set; }

    /// <summary>The sandbox to stop.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = "Sandbox")]
    public LakebaseSandbox? Sandbox { get; set; }

    /// <summary>Remove its data too.</summary>
    [Parameter]
    public SwitchParameter RemoveData { get; set; }

    /// <inheritdoc />
    protected override void ProcessRecord() => Run(
        new StopSandboxOperation(new SandboxOptions
        {
            Name = Sandbox?.Name ?? Name,
            Path = Sandbox is not null ? System.IO.Path.GetDirectoryName(Sandbox.Path)
                : Path is null ? null : GetUnresolvedProviderPathFromPSPath(Path),
            RemoveData = RemoveData,
        }),
        asks: true);
}
