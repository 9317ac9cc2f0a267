using System.Management.Automation;
using LakebaseOps.Completion;
using LakebaseOps.Connections;

namespace LakebaseOps.Commands;

/// <summary>Get-LakebaseSession: the open sessions of this runspace.</summary>
[Cmdlet(VerbsCommon.Get, "LakebaseSession")]
[OutputType(typeof(LakebaseSession))]
public sealed class GetLakebaseSessionCommand : LakebaseCommand
{
    /// <summary>Names of sessions; wildcards allowed.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(SessionCompleter))]
    public string[] Name { get; set; } = [];

    /// <inheritdoc />
    protected override void ProcessRecord() =>
        Run(new GetSessionOperation(Sessions, new SessionOptions { Name = Name }));
}
