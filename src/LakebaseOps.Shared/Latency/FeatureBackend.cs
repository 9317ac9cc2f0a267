namespace LakebaseOps;

/// <summary>Where feature requests are read from.</summary>
public enum FeatureBackend
{
    /// <summary>The tables of the session's database.</summary>
    PostgreSql,

    /// <summary>Their copies in Amazon DynamoDB, as Install-LakebaseDynamoDbTable made them.</summary>
    DynamoDb,
}
