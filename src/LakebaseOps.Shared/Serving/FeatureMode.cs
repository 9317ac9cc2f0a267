namespace LakebaseOps;

/// <summary>How the rows of one entity are fetched from N tables. Every mode returns the same rows.</summary>
public enum FeatureMode
{
    /// <summary>N prepared statements, one after the other: N round trips.</summary>
    Serial,

    /// <summary>N prepared statements in one batch with one Sync: one round trip.</summary>
    Batch,

    /// <summary>One prepared UNION ALL per group of equally shaped tables, in one batch: one round trip, one snapshot per group.</summary>
    Union,

    /// <summary>One call of a generated PL/pgSQL function: one round trip.</summary>
    Rpc,
}
