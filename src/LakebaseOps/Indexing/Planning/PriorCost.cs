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

    // A sort that compares by a library gains by a worker from about 2 million rows on: with 1.5, 3 and 6 million one worker took 1.05, 0.88 and 0.76 of
    // the time of one process (32 characters of text, one more column; PostgreSQL 15, two processors), and 0.92, 0.78 and 0.80 (64 characters, 16 more
    // columns). Keys that compare as bytes or numbers gained nothing by it.
    private const double WorkerSeconds = 3;
    private const double WorkerShare = 0.85;

    /// <summary>Seconds that a build takes at least.</summary>
    public static double Seconds(PlannedIndex index) => index.Rows * (index.IsSlow ? SlowSecondsPerRow : FastSecondsPerRow);

    /// <summary>Seconds that its sample takes.</summary>
    public static double SampleSeconds(PlannedIndex index) =>
        ShapeSampler.SampleRows(index.Rows) * (index.IsSlow ? SlowSampleSecondsPerRow : FastSampleSecondsPerRow);

    /// <summary>
    /// A model without measurement: one process, a worker where one is known to pay, or the workers that the caller insists on, with as
    /// little memory as one merge takes.
    /// </summary>
    /// <param name="index">The largest of its shape.</param>
    /// <param name="limits">What builds may take.</param>
    /// <param name="options">What the caller insists on.</param>
    /// <param name="why">Why no sample was taken.</param>
    public static ShapeModel Model(PlannedIndex index, PlanLimits limits, BuildIndexOptions options, string why)
    {
        bool sorts = index.Clause.StartsWith("USING btree", StringComparison.Ordinal);
        double rows = Math.Max(1, index.Rows);
        double seconds = Math.Max(1e-6, Seconds(index));
        long most = options.MemoryBytes ?? limits.MemoryBytes;
        int[] workers = options.Workers is int wanted and > 0 ? [0, wanted] : [0];
        ShapeModel model = new(rows, seconds / 2, index.EntryBytes, index.HeapBytes / rows, [.. workers.Select(count => new MeasuredWay(
            count,
            options.MemoryBytes ?? (sorts ? ShapeSampler.MemoryFor(count, rows, index.EntryBytes, most) : Math.Min(Usual, most)),
            seconds))]) { Unmeasured = why };
        return WithWorker(model, index, limits, options);
    }

    /// <summary>Adds the way with one worker where one is known to pay and was not measured.</summary>
    public static ShapeModel WithWorker(ShapeModel model, PlannedIndex index, PlanLimits limits, BuildIndexOptions options)
    {
        if (options.Workers is not null || limits.Workers < 1 || !index.IsSlow || Seconds(index) < WorkerSeconds
            || !index.Clause.StartsWith("USING btree", StringComparison.Ordinal))
            return model;
        long memory = options.MemoryBytes ?? ShapeSampler.MemoryFor(1, index.Rows, model.EntryBytes, limits.MemoryBytes);
        return memory > limits.MemoryBytes ? model
            : model with { Ways = [.. model.Ways, new MeasuredWay(1, memory, model.Single.Seconds * WorkerShare) { IsAssumed = true }] };
    }
}
