using System.Globalization;
using LakebaseOps.Operations;
using Npgsql;

namespace LakebaseOps.Indexing;

/// <summary>How far one build is: its phase, counts and time left, as its backend shows them.</summary>
/// <param name="activity">Names the build.</param>
/// <param name="settings">How it is built.</param>
/// <param name="shares">What its phases take of its time.</param>
/// <param name="sink">Receives the reports.</param>
internal sealed class IndexProgress(string activity, IndexBuildSettings settings, BuildShares shares, IOperationSink sink)
{
    /// <summary>What <see cref="Take"/> reads of a backend.</summary>
    public const string Query =
        """
        SELECT p.pid, p.phase, p.blocks_done, p.blocks_total, p.tuples_done, p.tuples_total, p.lockers_done, p.lockers_total,
               p.current_locker_pid
        FROM pg_stat_progress_create_index p
        WHERE p.pid = ANY ($1) AND p.phase IS NOT NULL -- NULL hides it from a role that may not see the process
        """;

    private readonly DateTimeOffset _startedAt = DateTimeOffset.UtcNow;
    // One that has not begun by then waited for its lock.
    private static readonly TimeSpan Prompt = TimeSpan.FromSeconds(2);

    private string _phase = "";
    private DateTimeOffset _phaseSince;

    /// <summary>Share of the build's time that is over, 0 to 1.</summary>
    public double Share { get; private set; }

    /// <summary>True when it had to wait for others, which says nothing of the next build.</summary>
    public bool Waited { get; private set; }

    /// <summary>Share of a build done, 0 to 100, by its phase and the counts within it; null while it waits for others.</summary>
    /// <param name="phase">Phase as the server names it.</param>
    /// <param name="concurrently">True reads the table a second time.</param>
    /// <param name="shares">What reading and sorting take of its time.</param>
    /// <param name="blocks">Share of the blocks.</param>
    /// <param name="tuples">Share of the rows.</param>
    internal static double? Percent(string phase, bool concurrently, BuildShares shares, double blocks, double tuples)
    {
        // A concurrent build reads the table a second time; its first part is the whole of a plain one.
        double first = concurrently ? 75 : 100;
        (double scan, double sort) = (shares.Scan, shares.Sort);
        return phase switch
        {
            "initializing" => 0,
            "building index" => 0,
            _ when phase.StartsWith("building index: scanning", StringComparison.Ordinal) => first * scan * shares.Scanned(blocks),
            _ when phase.StartsWith("building index: sorting", StringComparison.Ordinal) => first * scan,
            _ when phase.StartsWith("building index: loading", StringComparison.Ordinal) => first * (scan + sort + ((1 - scan - sort) * tuples)),
            _ when phase.StartsWith("building index", StringComparison.Ordinal) => first * Math.Max(blocks, tuples),
            "index validation: scanning index" => 75 + (10 * blocks),
            "index validation: sorting tuples" => 85,
            "index validation: scanning table" => 88 + (12 * blocks),
            _ => null,
        };
    }

    /// <summary>
    /// Time left. The plan's estimate is all there is at first; the more is done, and the more of the estimate is over, the more counts what it took.
    /// A sort reports nothing until it is over: meanwhile the time runs down from what was left when it began.
    /// </summary>
    /// <param name="elapsed">Time since the build began.</param>
    /// <param name="percent">Share of it done.</param>
    /// <param name="estimate">What the plan said; null without one.</param>
    internal static TimeSpan? Left(TimeSpan elapsed, double percent, TimeSpan? estimate)
    {
        TimeSpan? measured = percent > 2 ? elapsed * ((100 - percent) / percent) : null;
        if (estimate is not TimeSpan planned)
            return measured;
        TimeSpan left = planned > elapsed ? planned - elapsed : TimeSpan.Zero;
        if (measured is not TimeSpan seen)
            return left;
        double trust = Math.Min(1, Math.Max(percent / 100, elapsed / planned));
        return (seen * trust) + (left * (1 - trust));
    }

    /// <summary>Says that it has begun.</summary>
    public void Begin() => sink.Report(new OperationProgress(activity, "starting") { Parent = settings.ParentActivity });

    /// <summary>Says that it has ended.</summary>
    public void End() =>
        sink.Report(new OperationProgress(activity, "") { Parent = settings.ParentActivity, Percent = 100, IsCompleted = true });

    /// <summary>Takes what the server shows of its backend.</summary>
    public void Take(NpgsqlDataReader reader)
    {
        string phase = reader.GetString(1);
        (long blocks, long allBlocks) = (reader.GetInt64(2), reader.GetInt64(3));
        (long tuples, long allTuples) = (reader.GetInt64(4), reader.GetInt64(5));
        double? percent = Percent(phase, settings.Concurrently, shares, Part(blocks, allBlocks), Part(tuples, allTuples));
        DateTimeOffset now = DateTimeOffset.UtcNow;
        Waited |= reader.GetInt64(7) > 0 || (_phase.Length == 0 && now - _startedAt > Prompt);
        if (phase != _phase)
            (_phase, _phaseSince) = (phase, now);
        // A phase without counts stands still: what was left when it began runs down.
        TimeSpan silent = phase.Contains("sorting", StringComparison.Ordinal) ? now - _phaseSince : TimeSpan.Zero;
        TimeSpan elapsed = now - _startedAt;
        TimeSpan? remaining = percent is double done && Left(elapsed - silent, done, settings.Estimate) is TimeSpan left
            ? (left > silent ? left - silent : TimeSpan.Zero) : null;
        // Never back: what was done stays done, however long the rest is now thought to take.
        Share = Math.Max(Share, remaining is TimeSpan rest ? elapsed / (elapsed + rest + TimeSpan.FromTicks(1)) : (percent ?? 0) / 100);
        string counts = reader.GetInt64(7) > 0
            ? $", {reader.GetInt64(6)} of {reader.GetInt64(7)}, now process {reader.GetInt64(8)}"
            : allTuples > 0 ? string.Create(CultureInfo.InvariantCulture, $", {tuples:N0} of {allTuples:N0} rows")
            : allBlocks > 0 ? string.Create(CultureInfo.InvariantCulture, $", {blocks:N0} of {allBlocks:N0} blocks")
            : "";
        sink.Report(new OperationProgress(activity, phase + counts) { Parent = settings.ParentActivity, Percent = percent, Remaining = remaining });
    }

    private static double Part(long done, long total) => total > 0 ? Math.Min(1, (double)done / total) : 0;
}
