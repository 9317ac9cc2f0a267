namespace LakebaseOps.Indexing.Planning;

/// <summary>What a build over a sample took in one way.</summary>
/// <param name="Workers">Parallel workers besides the leader.</param>
/// <param name="MemoryBytes">maintenance_work_mem.</param>
/// <param name="Seconds">Least time.</param>
internal readonly record struct MeasuredWay(int Workers, long MemoryBytes, double Seconds)
{
    /// <summary>True when its time was not measured: what is known of builds of this length stands for it.</summary>
    public bool IsAssumed { get; init; }
}

/// <summary>
/// What building an index costs on this server, by its shape: fitted from builds over a sample. Reading the table and writing
/// the index take a time for each row; sorting takes n log n comparisons, and what it takes is the difference to a build
/// over rows that are in order already.
/// </summary>
/// <param name="SampleRows">Rows of the sample.</param>
/// <param name="OrderedSeconds">A build with one process over the rows in order.</param>
/// <param name="EntryBytes">Size of one entry of the index.</param>
/// <param name="RowBytes">Bytes of the heap for each row.</param>
/// <param name="Ways">What was measured; at least one way without workers.</param>
internal sealed record ShapeModel(
    double SampleRows, double OrderedSeconds, double EntryBytes, double RowBytes, IReadOnlyList<MeasuredWay> Ways)
{
    private const long Megabyte = 1 << 20;

    /// <summary>Why nothing was measured, so that all of it is assumed; null when it was.</summary>
    public string? Unmeasured { get; init; }

    /// <summary>The build that all times were brought in line with; null when none is known.</summary>
    public PastBuild? Past { get; init; }

    /// <summary>True when its times are those of this server.</summary>
    public bool IsKnown => Unmeasured is null || Past is not null;

    // What the sort keeps in memory for an entry besides it (SortTuple and the allocator's header), and on disk (its length).
    private const double MemoryOverhead = 40;
    private const double TapeOverhead = 8;

    // tuplesort.c: MERGE_BUFFER_SIZE and TAPE_BUFFER_OVERHEAD, which a merge takes for each run.
    private const double MergeBuffer = (32 + 1) * 8192;

    // CONCURRENTLY reads table and index once more and sorts row numbers. Measured on PostgreSQL 15: 0.14 s (bigint) and
    // 0.5 s (32 digits of text) for two million rows, beside 0.6 and 1.4 s of the ordered part.
    private const double LiveShare = 0.3;

    /// <summary>The least time of one process.</summary>
    public MeasuredWay Single => Ways.Where(way => way.Workers == 0).MinBy(way => way.Seconds);

    /// <summary>Share of a build of one process that is sorting.</summary>
    public double SortShare => Math.Clamp(1 - (OrderedSeconds / Single.Seconds), 0, 1);

    /// <summary>Memory in which a sort of so many rows needs one merge only, in whole megabytes: what a merge covers grows with its square.</summary>
    public static long OnePass(double rows, double entryBytes) =>
        (long)Math.Ceiling(1.2 * Math.Sqrt(rows * (entryBytes + MemoryOverhead) * MergeBuffer) / Megabyte) * Megabyte;

    /// <summary>The same for two merges: what they cover grows with its cube.</summary>
    public static long TwoPasses(double rows, double entryBytes) =>
        (long)Math.Ceiling(1.2 * Math.Cbrt(rows * (entryBytes + MemoryOverhead) * MergeBuffer * MergeBuffer) / Megabyte) * Megabyte;

    /// <summary>Memory that the sort of so many rows would take if it could have all it wants.</summary>
    public long SortBytes(double rows) => (long)(rows * MemoryOf(EntryBytes));

    /// <summary>Memory that one entry takes in a sort.</summary>
    public static double MemoryOf(double entryBytes) => entryBytes + MemoryOverhead;

    /// <summary>Bytes that a build writes to temporary files.</summary>
    public long SpillBytes(double rows, long memoryBytes) => SortBytes(rows) <= memoryBytes ? 0 : (long)(rows * (EntryBytes + TapeOverhead));

    /// <summary>Size that the index will have.</summary>
    public long IndexBytes(double rows) => (long)(rows * EntryBytes / 0.9);

    /// <summary>The same, with times in line with what a build of this shape took; unchanged when none of the ways is that build's.</summary>
    public ShapeModel After(PastBuild past)
    {
        if (!Ways.Any(way => way.Workers == past.Workers))
            return this;
        MeasuredWay like = Ways.Where(way => way.Workers == past.Workers).MinBy(way => Math.Abs(way.MemoryBytes - past.MemoryBytes));
        double factor = past.Seconds / Estimate(past.Rows, like, past.Concurrently);
        return this with
        {
            OrderedSeconds = OrderedSeconds * factor,
            Ways = [.. Ways.Select(way => way with { Seconds = way.Seconds * factor })],
            Past = past,
        };
    }

    /// <summary>Seconds that a build over so many rows takes on an idle server.</summary>
    public double Estimate(double rows, MeasuredWay way, bool concurrently)
    {
        double factor = rows / SampleRows;
        // A sample as large as the table has nothing to grow by.
        double comparisons = Math.Log2(Math.Max(4, rows)) / Math.Log2(Math.Max(4, SampleRows));
        double ordered = Math.Min(OrderedSeconds, Single.Seconds);
        double single = factor * (ordered + ((Math.Max(Single.Seconds, way.Workers == 0 ? way.Seconds : 0) - ordered) * comparisons));
        double built = way.Workers == 0 ? single : single * Math.Min(1, way.Seconds / Single.Seconds);
        return built + (concurrently ? factor * ordered * LiveShare : 0);
    }
}
