using System.Management.Automation;
using LakebaseOps.Serving;

namespace LakebaseOps.Commands;

/// <summary>Install-LakebaseDynamoDbTable: copies of feature tables in DynamoDB, to be measured beside PostgreSQL.</summary>
[Cmdlet(VerbsLifecycle.Install, "LakebaseDynamoDbTable", SupportsShouldProcess = true)]
[OutputType(typeof(DynamoDbTableResult))]
public sealed class InstallLakebaseDynamoDbTableCommand : FeatureCommand
{
    /// <summary>Modes to make tables for.</summary>
    [Parameter]
    [ValidateSet("Batch", "Wide")]
    public FeatureMode[] Mode { get; set; } = [FeatureMode.Batch, FeatureMode.Wide];

    /// <summary>Address of DynamoDB.</summary>
    [Parameter]
    [ValidateNotNull]
    public Uri? ServiceUrl { get; set; }

    /// <summary>Region of the service.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Region { get; set; }

    /// <summary>Beginning of the tables' names.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string TablePrefix { get; set; } = "lakebase_ops.";

    /// <summary>Requests at the same time.</summary>
    [Parameter]
    [ValidateRange(1, 64)]
    public int ThrottleLimit { get; set; } = 8;

    /// <summary>Remove them.</summary>
    [Parameter]
    public SwitchParameter Remove { get; set; }

    /// <inheritdoc />
    private protected override void Work(LakebaseSession session, IReadOnlyList<string> tables) => Run(
        new InstallDynamoDbTableOperation(session, new InstallDynamoDbTableOptions
        {
            Table = tables,
            Workload = Rooted(Workload),
            KeyColumn = KeyColumn,
            Entity = Entity,
            Mode = Mode,
            ServiceUrl = ServiceUrl,
            Region = Region,
            TablePrefix = TablePrefix,
            ThrottleLimit = ThrottleLimit,
            Remove = Remove,
        }),
        asks: true);
}
