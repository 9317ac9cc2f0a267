namespace LakebaseOps.Indexing;

/// <summary>What part of a build's time its phases take, as far as is known before it is over.</summary>
/// <param name="Scan">Reading the table; where the sort writes runs, sorting these too.</param>
/// <param name="Sort">What the server calls sorting: all of it in memory, else what is left of it when the table is read.</param>
internal readonly record struct BuildShares(double Scan, double Sort)
{
    /// <summary>Of a build.</summary>
    /// <remarks>
    /// Measured on PostgreSQL 15 with 3 and 4 million rows of 1, 7 and 16 columns besides the key; one process with memory for one merge, one worker, all
    /// in memory. Scan and sort took of the time, keys of fixed length (uuid, bigint): 0.60 to 0.70 and 0.01; 0.46 to 0.55 and 0.22; 0.43 to 0.49 and 0.12.
    /// Keys of bytes (bytea, text under COLLATE "C"): 0.53 to 0.55 and 0.01; 0.40 to 0.46 and 0.21; 0.47 and 0.09. Keys that compare by a library:
    /// 0.57 to 0.64 and 0.01 (0.2 where one merge did not do); 0.58 and 0.16; 0.20 and 0.59.
    /// </remarks>
    /// <param name="shape">The index.</param>
    /// <param name="spills">True when its sort writes temporary files.</param>
    /// <param name="workers">Parallel workers; with any, each process writes what it sorted.</param>
    public static BuildShares Of(IndexShape shape, bool spills, int workers) => (shape.IsSlow, shape.IsVariable, spills, workers) switch
    {
        (true, _, _, > 0) => new(0.58, 0.16),
        (true, _, true, _) => new(0.60, 0.05),
        (true, _, false, _) => new(0.21, 0.54),
        (_, true, _, > 0) => new(0.43, 0.20),
        (_, true, true, _) => new(0.53, 0.02),
        (_, true, false, _) => new(0.47, 0.09),
        (_, _, _, > 0) => new(0.50, 0.22),
        (_, _, true, _) => new(0.63, 0.01),
        _ => new(0.46, 0.12),
    };
}
