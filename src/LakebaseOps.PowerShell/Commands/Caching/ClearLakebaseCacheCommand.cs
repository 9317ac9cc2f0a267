using System.Management.Automation;
using LakebaseOps.Caching;

namespace LakebaseOps.Commands;

/// <summary>Clear-LakebaseCache: takes tables and indexes out of a sandbox's caches, to measure cold reads.</summary>
[Cmdlet(VerbsCommon.Clear, "LakebaseCache", SupportsShouldProcess = true)]
[OutputType(typeof(CacheState))]
public sealed class ClearLakebaseCacheCommand : TablesCommand
{
    /// <summary>Also of a server that is no sandbox.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override void Work(LakebaseSession session, IReadOnlyList<string> tables) =>
        Run(new ClearCacheOperation(session, new ClearCacheOptions { Table = tables, Force = Force }), asks: true);
}
