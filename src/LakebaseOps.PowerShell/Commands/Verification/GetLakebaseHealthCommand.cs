using System.Management.Automation;
using LakebaseOps.Verification.Health;

namespace LakebaseOps.Commands;

/// <summary>Get-LakebaseHealth: what is wrong with the server right now, and what to do about it.</summary>
[Cmdlet(VerbsCommon.Get, "LakebaseHealth")]
[OutputType(typeof(HealthCheck))]
public sealed class GetLakebaseHealthCommand : TablesCommand
{
    private static readonly HealthOptions Defaults = new();

    /// <summary>The checks to make.</summary>
    [Parameter(Position = 1)]
    [ValidateNotNullOrEmpty]
    public HealthCheckKind[]? Check { get; set; }

    /// <summary>How long counters are watched.</summary>
    [Parameter]
    public TimeSpan Duration { get; set; } = Defaults.Duration;

    /// <summary>Smallest hit ratio.</summary>
    [Parameter]
    [ValidateRange(0.0, 1.0)]
    public double MinHitShare { get; set; } = Defaults.MinHitShare;

    /// <summary>Most sequential scans of a table meanwhile.</summary>
    [Parameter]
    [ValidateRange(0, long.MaxValue)]
    public long MaxSequentialScans { get; set; } = Defaults.MaxSequentialScans;

    /// <summary>Oldest transaction.</summary>
    [Parameter]
    public TimeSpan MaxTransactionAge { get; set; } = Defaults.MaxTransactionAge;

    /// <summary>Longest wait for a lock.</summary>
    [Parameter]
    public TimeSpan MaxLockWait { get; set; } = Defaults.MaxLockWait;

    /// <summary>Largest share of connections in use.</summary>
    [Parameter]
    [ValidateRange(0.0, 1.0)]
    public double MaxConnectionShare { get; set; } = Defaults.MaxConnectionShare;

    /// <summary>Largest estimated waste.</summary>
    [Parameter]
    [ValidateRange(0.0, 1.0)]
    public double MaxBloatShare { get; set; } = Defaults.MaxBloatShare;

    /// <summary>Largest share of transaction ids used up.</summary>
    [Parameter]
    [ValidateRange(0.0, 1.0)]
    public double MaxTransactionIdShare { get; set; } = Defaults.MaxTransactionIdShare;

    private protected override void Work(LakebaseSession session, IReadOnlyList<string> tables) => Run(
        new GetHealthOperation(session, new HealthOptions
        {
            Table = tables,
            Check = Check,
            Duration = Duration,
            MinHitShare = MinHitShare,
            MaxSequentialScans = MaxSequentialScans,
            MaxTransactionAge = MaxTransactionAge,
            MaxLockWait = MaxLockWait,
            MaxConnectionShare = MaxConnectionShare,
            MaxBloatShare = MaxBloatShare,
            MaxTransactionIdShare = MaxTransactionIdShare,
        }));
}
