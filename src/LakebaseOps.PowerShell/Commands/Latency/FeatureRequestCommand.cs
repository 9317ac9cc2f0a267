using System.Management.Automation;

namespace LakebaseOps.Commands;

/// <summary>Base of the cmdlets that send many requests whose keys they draw or read from a file.</summary>
public abstract class FeatureRequestCommand : FeatureReadCommand
{
    /// <summary>Modes to read in.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public FeatureMode[] Mode { get; set; } = [FeatureMode.Batch];

    /// <summary>Key distributions.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public KeyDistribution[] Distribution { get; set; } = [];

    /// <summary>Which keys are asked for.</summary>
    [Parameter]
    public KeyRange KeyRange { get; set; } = KeyRange.Common;

    /// <summary>Zipf's exponent.</summary>
    [Parameter]
    [ValidateRange(0.0, 20.0)]
    public double Skew { get; set; } = 0.99;

    /// <summary>Share of requests on hot keys.</summary>
    [Parameter]
    [ValidateRange(0.0, 1.0)]
    public double HotShare { get; set; } = 0.8;

    /// <summary>Fraction of the keys that is hot.</summary>
    [Parameter]
    [ValidateRange(0.0, 1.0)]
    public double HotFraction { get; set; } = 0.01;

    /// <summary>Share of keys that no table holds.</summary>
    [Parameter]
    [ValidateRange(0.0, 1.0)]
    public double MissShare { get; set; }

    /// <summary>File with keys.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? KeyPath { get; set; }

    /// <summary>Requests of each mode with each distribution.</summary>
    [Parameter]
    [ValidateRange(1, long.MaxValue)]
    public long? Requests { get; set; }

    /// <summary>Connections.</summary>
    [Parameter]
    [ValidateRange(1, 1_000)]
    public int? PoolSize { get; set; }

    /// <summary>Seed of keys and order.</summary>
    [Parameter]
    public long Seed { get; set; } = 1;

    /// <summary>The file with keys; a relative path starts at PowerShell's own location.</summary>
    private protected string? RootedKeyPath => KeyPath is null ? null : GetUnresolvedProviderPathFromPSPath(KeyPath);
}
