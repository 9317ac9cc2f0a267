namespace LakebaseOps;

/// <summary>Install-LakebaseDynamoDbTable.</summary>
public sealed record InstallDynamoDbTableOptions : FeatureOptions
{
    /// <summary>The modes to make tables for: Batch (one for each table), Wide (one for each entity).</summary>
    public IReadOnlyList<FeatureMode> Mode { get; init; } = [FeatureMode.Batch, FeatureMode.Wide];

    /// <summary>
    /// Address of DynamoDB, e.g. that of an emulator; http only on this machine. Not given: the service of
    /// <see cref="Region"/>.
    /// </summary>
    public Uri? ServiceUrl { get; init; }

    /// <summary>Region of the service; by default that of this machine's AWS settings.</summary>
    public string? Region { get; init; }

    /// <summary>Beginning of the tables' names in DynamoDB.</summary>
    public string TablePrefix { get; init; } = "lakebase_ops.";

    /// <summary>Requests that write at the same time.</summary>
    public int ThrottleLimit { get; init; } = 8;

    /// <summary>Remove the tables instead.</summary>
    public bool Remove { get; init; }
}
