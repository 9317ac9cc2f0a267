using System.Management.Automation;
using LakebaseOps.Completion;
using LakebaseOps.Sandboxes;

namespace LakebaseOps.Commands;

/// <summary>Get-LakebaseSandbox: the sandboxes of this machine.</summary>
[Cmdlet(VerbsCommon.Get, "LakebaseSandbox")]
[OutputType(typeof(LakebaseSandbox))]
public sealed class GetLakebaseSandboxCommand : LakebaseCommand
{
    /// <summary>Name of a sandbox; wildcards allowed.</summary>
    [Parameter(Position = 0)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(SandboxCompleter))]
    public string? Name { get; set; }

    /// <summary>Parent folder of sandboxes.</summary>
    [Parameter]
    public string? Path { get; set; }

    /// <inheritdoc />
    protected override void EndProcessing() => Run(new GetSandboxOperation(new SandboxOptions
    {
        Name = Name,
        Path = Path is null ? null : GetUnresolvedProviderPathFromPSPath(Path),
    }));
}
