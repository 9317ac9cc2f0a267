namespace LakebaseOps.Benchmarks.Loading;

/// <summary>Compares the runs of a contest, round by round, and holds them against the targets.</summary>
internal sealed class LoadTargets(string contest, IReadOnlyList<RunFigures> runs, bool quick)
{
    private const string Rate = "rows/s";
    private const string PerRow = "ns/row";

    /// <summary>The lines; one whose contenders did not all run is left out.</summary>
    public IEnumerable<Comparison> Lines() => new[]
    {
        Rates(LoadContests.One, "psql, 1 session"),
        Rates(LoadContests.Many, "psql, 1 session", atLeast: 2.8),
        Rates(LoadContests.Many, "psql, 2 sessions", atLeast: 1.6),
        Rates(LoadContests.Many, "pgloader, 2 workers", atLeast: 1),
        Rates(LoadContests.Many, "psql | psql"),
        Rates(LoadContests.Many, "pgcopydb, 2 jobs", atLeast: 1),
        Rates(LoadContests.Many, "NpgsqlBinaryImporter, 2 streams", atLeast: 1),
        Rates(LoadContests.One, "pgbench -i -I g"),
        Rates(LoadContests.Many, "pgbench -i -I g", atLeast: 2),
        Rates(LoadContests.Many, "raw binary, 2 streams", atLeast: 0.9),
        Rates(LoadContests.Replace, "raw binary, 2 streams"),
        Rates(LoadContests.One, LoadContests.OneChunk, atLeast: 0.9),
        Rates(LoadContests.Dirty, LoadContests.Many, atLeast: 0.85),
        Rates(LoadContests.PlainlyDirty, LoadContests.Many, atLeast: 0.85),
        ServerTime(LoadContests.One, "psql, 1 session"),
        ServerTime(LoadContests.Many, "psql, 2 sessions"),
        Figure("client CPU", PerRow, run => run.ClientNanoseconds, atMost: IsGenerator ? 100 : null),
        // What connections and plan allocate once spreads over too few rows in a quick run.
        Figure("allocated", "B/row", run => run.AllocatedBytes, atMost: IsGenerator && !quick ? 1 : null),
    }.OfType<Comparison>();

    private bool IsGenerator => contest.StartsWith("generator", StringComparison.Ordinal);

    private Comparison? Rates(string ours, string peer, double? atLeast = null) =>
        Of(ours, run => run.RowsPerSecond) is { } mine && Of(peer, run => run.RowsPerSecond) is { } theirs
            ? Comparison.Against($"{contest}: {ours} / {peer}", Rate, mine, theirs, atLeast: atLeast)
            : null;

    private Comparison? ServerTime(string ours, string peer) =>
        Of(ours, run => run.ServerNanoseconds) is { } mine && Of(peer, run => run.ServerNanoseconds) is { } theirs
            ? Comparison.Against($"{contest}: server CPU, {ours} / {peer}", PerRow, mine, theirs, atMost: 0.55)
            : null;

    private Comparison? Figure(string what, string unit, Func<RunFigures, double?> figure, double? atMost = null) =>
        Of(LoadContests.Many, figure) is { } mine
            ? Comparison.Figure($"{contest}: {what}, {LoadContests.Many}", unit, mine, atMost)
            : null;

    /// <summary>A figure of each counted round; null when the contender did not run or the system does not tell.</summary>
    private double[]? Of(string contender, Func<RunFigures, double?> figure)
    {
        double?[] values = [.. runs.Where(run => run.IsCounted && run.Contender == contender).OrderBy(run => run.Round).Select(figure)];
        return values.Length == 0 || values.Contains(null) ? null : [.. values.Select(value => value!.Value)];
    }
}
