using System.Management.Automation;
using LakebaseOps.Caching;

namespace LakebaseOps.Commands;

/// <summary>Get-LakebaseCacheState: what of tables and indexes lies in the server's shared buffers.</summary>
[Cmdlet(VerbsCommon.Get, "LakebaseCacheState")]
[OutputType(typeof(CacheState))]
public sealed class GetLakebaseCacheStateCommand : TablesCommand
{
    private protected override void Work(LakebaseSession session, IReadOnlyList<string> tables) =>
        Run(new GetCacheStateOperation(session, new CacheStateOptions { Table = tables }));
}
