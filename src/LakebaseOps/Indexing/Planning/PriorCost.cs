namespace LakebaseOps.Indexing.Planning;

/// <summary>
/// What builds and samples take as far as is known before anything is measured: enough to tell whether measuring can pay, and too
/// little to be shown as an estimate.
/// </summary>
internal static class PriorCost
{
    /// <summary>Share of a build's time that its sample may take.</summary>
    public const double SampleShare = 0.05;

    // Measured on two processors of 2019 with PostgreSQL 15 and 17, one process: 1.9 to 2.9 microseconds for each row where the key compares by
    // a library, 0.5 to 0.8 elsewhere. A faster server gains less by a sample, so less is assumed.
    private const double SlowSecondsPerRow = 1.5e-6;
    private const double FastSecondsPerRow = 0.4e-6;

    // Measured there too: 0.55 and 0.16 s for the copy of 50,000 rows and all builds over it.
    private const double SlowSampleSecondsPerRow = 11e-6;
    private const double FastSampleSecondsPerRow = 3.2e-6;

    private const long Usual = 64 << 20;

    /// <summary>Seconds that a build takes at least.</summary>
    public static double Seconds(PlannedIndex index) => index.Rows * (index.IsSlow ? SlowSecondsPerRow : FastSecondsPerRow);

    /// <summary>Seconds that its sample takes.</summary>
    public static double SampleSeconds(PlannedIndex index) =>
        ShapeSampler.SampleRows(index.Rows) * (index.IsSlow ? SlowSampleSecondsPerRow : FastSampleSecondsPerRow);

    /// <summary>A model without measurement: one process, or the workers that the caller insists on, with as little memory as one merge takes.</summary>
    /// <param name="index">The largest of its shape.</param>
    /// <param name="most">Most memory.</param>
    /// <param name="options">What the caller insists on.</param>
    /// <param name="why">Why no sample was taken.</param>
    public static ShapeModel Model(PlannedIndex index, long most, BuildIndexOptions options, string why)
    {
        bool sorts = index.Clause.StartsWith("USING btree", StringComparison.Ordinal);
        double rows = Math.Max(1, index.Rows);
        double seconds = Math.Max(1e-6, Seconds(index));
        int[] workers = options.Workers is int wanted and > 0 ? [0, wanted] : [0];
        return new ShapeModel(rows, seconds / 2, index.EntryBytes, index.HeapBytes / rows, [.. workers.Select(count => new MeasuredWay(
            count,
            options.MemoryBytes ?? (sorts ? ShapeSampler.MemoryFor(count, rows, index.EntryBytes, most) : Math.Min(Usual, most)),
            seconds))]) { Unmeasured = why };
    }
}
