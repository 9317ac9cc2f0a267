using System.Management.Automation;
using LakebaseOps.Serving;

namespace LakebaseOps.Commands;

/// <summary>Get-LakebaseFeature: the features of entity keys from several tables.</summary>
[Cmdlet(VerbsCommon.Get, "LakebaseFeature")]
[OutputType(typeof(FeatureRow))]
public sealed class GetLakebaseFeatureCommand : FeatureReadCommand
{
    private readonly List<FeatureKey> _keys = [];

    /// <summary>Keys: one request each, or by entity.</summary>
    [Parameter(Position = 1, ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    public PSObject[] Key { get; set; } = [];

    /// <summary>How the rows are fetched.</summary>
    [Parameter]
    public FeatureMode Mode { get; set; } = FeatureMode.Batch;

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        base.ProcessRecord();
        Guard(() => _keys.AddRange(Key.SelectMany(FeatureKeys.Of)));
    }

    /// <inheritdoc />
    private protected override void Work(LakebaseSession session, IReadOnlyList<string> tables) =>
        Run(new GetFeatureOperation(session, new GetFeatureOptions
        {
            Table = tables,
            Workload = Rooted(Workload),
            KeyColumn = KeyColumn,
            Entity = Entity,
            Key = _keys,
            Mode = Mode,
            Consistent = Consistent,
            ThrottleLimit = ThrottleLimit,
        }));
}
