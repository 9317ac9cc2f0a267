namespace LakebaseOps.Benchmarks.Serving;

/// <summary>Compares the rounds of a placement and holds them against the targets.</summary>
/// <param name="placement">"pinned" or "unpinned".</param>
/// <param name="figures">Every run.</param>
/// <param name="executorUs">The server's executor on one request's lookups, in each round.</param>
internal sealed class ServeTargets(string placement, IReadOnlyList<ServeFigures> figures, IReadOnlyList<double> executorUs)
{
    private const string Unit = "us";
    private const double MostBytes = 1_024;

    /// <summary>The lines; one whose contenders did not run is left out.</summary>
    public IEnumerable<Comparison> Lines() => ((Comparison?[])
    [
        Against(FeatureMode.Batch, "p50", run => run.P50Us, 0.90),
        Against(FeatureMode.Rpc, "p50", run => run.P50Us, 0.85),
        Against(FeatureMode.Batch, "p99", run => run.P99Us, 1.0),
        Against(FeatureMode.Rpc, "p99", run => run.P99Us, 1.0),
        .. Enum.GetValues<FeatureMode>().Except([FeatureMode.Batch, FeatureMode.Rpc]).SelectMany(mode => new[]
        {
            Against(mode, "p50", run => run.P50Us, null), Against(mode, "p99", run => run.P99Us, null),
        }),
        Between(OwnRead.NameOf(FeatureMode.Batch, consistent: true), OwnRead.NameOf(FeatureMode.Batch), "p50", run => run.P50Us, null),
        Between(OwnRead.NameOf(FeatureMode.Batch, traced: true), OwnRead.NameOf(FeatureMode.Batch), "p50", run => run.P50Us, 1.02),
        Between(OwnRead.NameOf(null), PgBenchRead.Floor, "p50", run => run.P50Us, null),
        Distance(FeatureMode.Batch),
        Distance(FeatureMode.Rpc),
        .. Enum.GetValues<FeatureMode>().Select(Allocated),
    ]).OfType<Comparison>();

    private Comparison? Against(FeatureMode mode, string what, Func<ServeFigures, double> figure, double? atMost) =>
        Between(OwnRead.NameOf(mode), PgBenchRead.Pipeline, what, figure, atMost);

    private Comparison? Between(string ours, string peer, string what, Func<ServeFigures, double> figure, double? atMost) =>
        Of(ours, figure) is { } mine && Of(peer, figure) is { } theirs
            ? Comparison.Against($"{placement}: {what}, {ours} / {peer}", Unit, mine, theirs, atMost: atMost)
            : null;

    // What no client could avoid: a round trip, and the executor's own work.
    private Comparison? Distance(FeatureMode mode) =>
        Of(OwnRead.NameOf(mode), run => run.P50Us) is { } mine && Of(OwnRead.NameOf(null), run => run.P50Us) is { } floor
            ? Comparison.Against($"{placement}: p50, {OwnRead.NameOf(mode)} / floor and executor", Unit, mine,
                [.. floor.Zip(executorUs, (trip, executor) => trip + executor)], atMost: 1.15)
            : null;

    private Comparison? Allocated(FeatureMode mode) => Of(OwnRead.NameOf(mode), run => run.AllocatedBytes!.Value) is { } mine
        ? Comparison.Figure($"{placement}: allocated, {OwnRead.NameOf(mode)}", "B/request", mine,
            mode is FeatureMode.Serial or FeatureMode.Parallel ? null : MostBytes)
        : null;

    private double[]? Of(string contender, Func<ServeFigures, double> figure)
    {
        double[] values =
        [
            .. figures.Where(run => run.Placement == placement && run.Contender == contender).OrderBy(run => run.Round).Select(figure),
        ];
        return values.Length == 0 ? null : values;
    }
}
