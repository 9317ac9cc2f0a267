using System.Management.Automation;
using LakebaseOps.Caching;

namespace LakebaseOps.Commands;

/// <summary>Initialize-LakebaseCache: brings indexes and rows into the server's shared buffers.</summary>
[Cmdlet(VerbsData.Initialize, "LakebaseCache", SupportsShouldProcess = true)]
[OutputType(typeof(CacheState))]
public sealed class InitializeLakebaseCacheCommand : FeatureRequestCommand
{
    /// <summary>Bytes to warm at most.</summary>
    [Parameter]
    [ValidateRange(8192, long.MaxValue)]
    public long? BudgetBytes { get; set; }

    /// <summary>How to warm.</summary>
    [Parameter]
    public CacheMethod Method { get; set; }

    /// <summary>Install no extension.</summary>
    [Parameter]
    public SwitchParameter NoExtension { get; set; }

    private protected override void Work(LakebaseSession session, IReadOnlyList<string> tables) => Run(
        new InitializeCacheOperation(session, new InitializeCacheOptions
        {
            Table = tables,
            Workload = Rooted(Workload),
            KeyColumn = KeyColumn,
            Entity = Entity,
            Consistent = Consistent,
            ThrottleLimit = ThrottleLimit,
            Mode = Mode,
            Distribution = Distribution,
            KeyRange = KeyRange,
            Skew = Skew,
            HotShare = HotShare,
            HotFraction = HotFraction,
            MissShare = MissShare,
            KeyPath = RootedKeyPath,
            Requests = Requests,
            PoolSize = PoolSize,
            Seed = Seed,
            BudgetBytes = BudgetBytes,
            Method = Method,
            NoExtension = NoExtension,
        }),
        asks: true);
}
