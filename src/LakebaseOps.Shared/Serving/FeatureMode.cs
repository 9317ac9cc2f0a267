namespace LakebaseOps;

/// <summary>How the rows of a request are fetched from N tables. Every mode returns the same rows.</summary>
public enum FeatureMode
{
    /// <summary>N prepared statements, one after the other: N round trips.</summary>
    Serial,

    /// <summary>N prepared statements in one batch: one round trip.</summary>
    Batch,

    /// <summary>One prepared UNION ALL over all tables: one round trip, one snapshot.</summary>
    Union,

    /// <summary>
    /// Calls of generated PL/pgSQL functions, one for each group of equally shaped tables: one round trip.
    /// </summary>
    Rpc,

    /// <summary>
    /// As Batch with a Sync after each statement: one round trip; the server runs the others though one fails.
    /// </summary>
    BatchBarrier,

    /// <summary>One prepared UNION ALL for each group of equally shaped tables, in one batch: one round trip.</summary>
    BinPacked,

    /// <summary>The tables in equal parts, a batch each, on several connections at the same time.</summary>
    Parallel,

    /// <summary>One lookup for each entity, in a table that holds the columns of all of its tables: one round trip.</summary>
    Wide,
}
