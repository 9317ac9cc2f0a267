using System.Collections;
using System.Globalization;
using System.Management.Automation;
using LakebaseOps.Serving;

namespace LakebaseOps.Commands;

/// <summary>Get-LakebaseFeature: the features of entity keys from several tables.</summary>
[Cmdlet(VerbsCommon.Get, "LakebaseFeature")]
[OutputType(typeof(FeatureRow))]
public sealed class GetLakebaseFeatureCommand : FeatureReadCommand
{
    private readonly List<string> _keys = [];

    /// <summary>Keys, one request each.</summary>
    [Parameter(Position = 1, ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    public string[] Key { get; set; } = [];

    /// <summary>Keys by entity, one table for each request.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public Hashtable[] EntityKey { get; set; } = [];

    /// <summary>How the rows are fetched.</summary>
    [Parameter]
    public FeatureMode Mode { get; set; } = FeatureMode.Batch;

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        base.ProcessRecord();
        _keys.AddRange(Key);
    }

    /// <inheritdoc />
    private protected override void Work(LakebaseSession session, IReadOnlyList<string> tables) =>
        Run(new GetFeatureOperation(session, new GetFeatureOptions
    {
        Table = tables,
        Workload = Workload,
        KeyColumn = KeyColumn,
        Entity = Entity,
        Key = _keys,
        EntityKey =
        [
            .. EntityKey.Select(keys => keys.Cast<DictionaryEntry>().ToDictionary(
                entry => entry.Key.ToString()!, entry => Convert.ToString(entry.Value,
                    CultureInfo.InvariantCulture) ?? "")),
        ],
        Mode = Mode,
        Consistent = Consistent,
        ThrottleLimit = ThrottleLimit,
    }));
}
