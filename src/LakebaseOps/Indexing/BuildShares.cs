namespace LakebaseOps.Indexing;

/// <summary>What part of a build's time its phases take, as far as is known before it is over.</summary>
/// <param name="Scan">Reading the table; where the sort writes runs, sorting these too.</param>
/// <param name="Sort">What the server calls sorting: all of it in memory, else what is left of it when the table is read.</param>
internal readonly record struct BuildShares(double Scan, double Sort)
{
    // The run of the builds with a worker that the shares were measured of.
    private const double MeasuredRun = 0.2;

    /// <summary>Share of the table that fills the memory of the sort once, of all processes together; 0 where there is one run, or nobody knows.</summary>
    public double Run { get; private init; }

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
    /// <param name="run">Share of the table that fills the memory of the sort once; 0 when not known.</param>
    public static BuildShares Of(IndexShape shape, bool spills, int workers, double run)
    {
        (double scan, double sort) = (shape.IsSlow, shape.IsVariable, spills, workers) switch
        {
            (true, _, _, > 0) => (0.58, 0.16),
            (true, _, true, _) => (0.60, 0.05),
            (true, _, false, _) => (0.21, 0.54),
            (_, true, _, > 0) => (0.43, 0.20),
            (_, true, true, _) => (0.53, 0.02),
            (_, true, false, _) => (0.47, 0.09),
            (_, _, _, > 0) => (0.50, 0.22),
            (_, _, true, _) => (0.63, 0.01),
            _ => (0.46, 0.12),
        };
        if (run <= 0 || !spills)
            return new(scan, sort);
        double whole = Weight(1, run);
        double longer = whole / Weight(1, workers > 0 ? MeasuredRun : 0);
        double all = (scan * longer) + (1 - scan);
        return new(scan * longer / all, sort / all) { Run = run };
    }

    /// <summary>Share of the scan's time that is over when a share of the table is read.</summary>
    public double Scanned(double blocks) => Weight(blocks, Run) / Weight(1, Run);

    // The first run takes 1.8 times as long as the later ones, the second 1.4 times: the memory of the sort is touched for the first time.
    private static double Weight(double blocks, double run) =>
        blocks + (0.8 * Math.Min(blocks, run)) + (0.4 * Math.Clamp(blocks - run, 0, run));
}
