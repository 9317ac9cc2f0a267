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
    // columns). With 2 million it was a draw with one process in 4 MB: 1.19, 1.13, 0.97, 1.01 and 0.97 (64 characters; none, 1, 7 and 40 columns and an array), and
    // with 20 million it took 28 to 40 s beside 34 to 42 s.
    private const double WorkerRows = 2.5e6;
    private const double WorkerShare = 0.85;

    // One worker took of the time of one process, with text under COLLATE "C" and with bytea of 16 bytes (PostgreSQL 15, two processors, in turns): 1.07 and
    // 1.14 with 2 million rows, 0.96 and 0.98 with 3 million, 0.86 and 0.89 with 4 million.
    private const double VariableWorkerRows = 3.5e6;
    private const double VariableWorkerShare = 0.88;

    // Keys of fixed length gain by the reading of rows alone. With 1 million uuid and bigint in rows of 100 bytes it took 1.4 and 1.1 on one machine of two
    // processors, with 4 million 0.81 to 0.92 and 0.90, and in rows of 50 bytes 1.0 and 1.0; on another machine 0.97 and 1.0. What it may cost where it does
    // not pay is less than what it saves where it does.
    private const double FixedWorkerRows = 3.5e6;
    private const double FixedWorkerShare = 0.9;
    private const double FixedWorkerRowBytes = 72;

    // Where a table is wide, to read it is most of a build, whatever the key: 0.18 s of each gigabyte were saved by a worker from the page cache, more where
    // it has to wait for a disk. With 2 million rows of 0.3 KB it took 0.97 to 1.1, of 1.1 KB 0.81 (bigint), 0.82 (uuid) and 0.8 (64 characters).
    private const double WideHeapBytes = 1.25 * (1 << 30);
    private const double WideRowBytes = 500;
    private const double WideWorkerShare = 0.85;

    // A build over 600,000 rows with one worker took of one process with the same memory 0.7 to 0.9 on two processors, and 0.92 to 1.4 when they were one
    // (uuid, bigint, text and COLLATE "C").
    private const double TwoProcessors = 0.91;

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
            options.MemoryBytes ?? (sorts ? ShapeSampler.MemoryFor(count, index, index.EntryBytes, most) : Math.Min(Usual, most)),
            seconds))]) { Unmeasured = why };
        return WithWorker(model, index, limits, options);
    }

    /// <summary>
    /// A model fitted from a sample that tried workers, with what they gain over the whole table. The sample tells whether they have a processor, by builds with the same memory, but not what they gain: that they
    /// start and touch their memory takes as long as a third of the sample, and nothing of the whole.
    /// </summary>
    /// <param name="model">Fitted from the sample.</param>
    /// <param name="measured">All builds over it.</param>
    /// <param name="index">The largest of its shape.</param>
    /// <param name="limits">What builds may take.</param>
    /// <param name="options">What the caller insists on.</param>
    public static ShapeModel WithWorkers(
        ShapeModel model, IReadOnlyList<MeasuredWay> measured, PlannedIndex index, PlanLimits limits, BuildIndexOptions options)
    {
        MeasuredWay[] ones = [.. measured.Where(way => way.Workers == 1)];
        if (ones.Length == 0 || ones[0].Seconds > TwoProcessors * measured.Last(way => way.Workers == 0).Seconds)
            return model;
        MeasuredWay known = WithWorker(model with { Ways = [model.Single] }, index, limits, options).Ways[^1];
        return known.Workers == 0 ? model : model with
        {
            Ways = [.. model.Ways.Select(way => way.Workers > 0 && known.Seconds < ones[0].Seconds
                ? way with { Seconds = known.Seconds * way.Seconds / ones[0].Seconds, IsAssumed = true } : way)],
        };
    }

    /// <summary>Adds the way with one worker where one is known to pay and was not measured.</summary>
    public static ShapeModel WithWorker(ShapeModel model, PlannedIndex index, PlanLimits limits, BuildIndexOptions options)
    {
        (double rows, double share) = index.IsSlow ? (WorkerRows, WorkerShare)
            : index.IsVariable ? (VariableWorkerRows, VariableWorkerShare)
            : index.HeapBytes >= FixedWorkerRowBytes * index.Rows ? (FixedWorkerRows, FixedWorkerShare) : (double.MaxValue, 1);
        if (index.HeapBytes >= Math.Max(WideHeapBytes, WideRowBytes * index.Rows))
            (rows, share) = (0, Math.Min(share, WideWorkerShare));
        // A worker saves time, not work: where others keep the processors busy it saves nothing, and one process works less.
        if (options.Workers is not null || limits.Workers < 1 || limits.IsShared || index.Rows < rows || !index.Clause.StartsWith("USING btree", StringComparison.Ordinal))
            return model;
        long memory = options.MemoryBytes ?? ShapeSampler.MemoryFor(1, index, model.EntryBytes, limits.MemoryBytes);
        return memory > limits.MemoryBytes ? model
            : model with { Ways = [.. model.Ways, new MeasuredWay(1, memory, model.Single.Seconds * share) { IsAssumed = true }] };
    }
}
