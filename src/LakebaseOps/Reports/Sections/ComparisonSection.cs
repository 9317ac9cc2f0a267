using LakebaseOps.Reports.Charts;

namespace LakebaseOps.Reports.Sections;

/// <summary>Section 8: the modes against each other.</summary>
internal static class ComparisonSection
{
    /// <summary>The section.</summary>
    public static ReportSection Build(RunView view)
    {
        List<CellGroup> groups = [.. view.Groups.Where(group => group.Cells.Count > 1)];
        List<ReportBlock> blocks = groups.Count > 0
            ? [Modes(view, groups)]
            : [new Missing(view.Groups.Count == 0 ? "No latency was measured in this run." : "Only one mode was measured, so there is nothing to compare it with.")];
        blocks.Add(view.Run.Comparisons.Count > 0
            ? new TableBlock(Verdicts(view.Run.Comparisons))
            : new Missing("The run's record holds no comparison with a baseline; Compare-LakebaseLatency makes one."));
        return new ReportSection(8, "comparison", "Comparison", blocks);
    }

    private static ReportTable Verdicts(IReadOnlyList<LatencyComparison> comparisons) => new("verdicts", "Each cell against its baseline",
        [
            new("Keys"), new("Loop"), new("Mode"), new("Verdict", ColumnKind.Standing), new("Percentile"), new("Baseline", ColumnKind.Milliseconds, "insufficient"),
            new("Value", ColumnKind.Milliseconds, "insufficient"), new("Ratio", ColumnKind.Ratio), new("95 % interval"), new("By chance", ColumnKind.Share), new("Why"),
        ],
        [
            .. comparisons.SelectMany(one => one.Percentiles.Count == 0
                ? [[one.Distribution, one.Loop, one.Name, Of(one.Verdict), null, null, null, null, null, null, one.Reason]]
                : one.Percentiles.Select(at => (object?[])
                [
                    one.Distribution, one.Loop, one.Name, Of(at.Verdict), $"p{Quantity.Tick(at.Percentile)}", at.BaselineMs, at.ValueMs, at.Ratio,
                    at.RatioLow is double low && at.RatioHigh is double high ? $"{Quantity.Significant(low)} – {Quantity.Significant(high)}" : null, at.Probability, one.Verdict == LatencyVerdict.Invalid ? one.Reason : null,
                ])),
        ]);

    private static Verdict Of(LatencyVerdict verdict) => new(verdict.ToString(), verdict switch
    {
        LatencyVerdict.Same or LatencyVerdict.Faster => Standing.Good,
        LatencyVerdict.Slower or LatencyVerdict.Invalid => Standing.Bad,
        LatencyVerdict.Missing => Standing.Neutral,
        _ => Standing.Warning,
    });

    private static ReportFigure Modes(RunView view, List<CellGroup> groups)
    {
        LogScale values = LogScale.Covering(
            groups.SelectMany(group => group.Cells).SelectMany(cell => new[]
            {
                cell.P50Ms, cell.P50Interval?.LowMs ?? cell.P50Ms, cell.P99Ms ?? cell.P50Ms, cell.P99Interval?.HighMs ?? cell.P50Ms,
            }), 0, 1);
        return new ReportFigure
        {
            Id = "modes",
            Title = "Modes compared",
            Caption = "Filled: median; hollow: p99; bars: 95 % confidence intervals by order statistics. Intervals that do not overlap differ; overlapping ones may or may not.",
            Panels = [.. groups.Select(group => IntervalChart.Draw(group, LatencySection.PanelWidth(groups.Count), values))],
            Legend = Legend.Modes(view.Modes),
            Data =
            [
                new ReportTable("comparison", "Each mode against the first of its distribution",
                    [
                        new("Keys"), new("Mode"), new("p50", ColumnKind.Milliseconds), new("p50 CI", ColumnKind.Interval), new("p50 against the first", ColumnKind.Ratio),
                        new("p50 intervals", ColumnKind.Text, "no intervals"), new("p99", ColumnKind.Milliseconds, "insufficient"), new("p99 CI", ColumnKind.Interval),
                        new("p99 against the first", ColumnKind.Ratio), new("p99 intervals", ColumnKind.Text, "no intervals"),
                    ],
                    [
                        .. groups.SelectMany(group => group.Cells.Select(cell => new object?[]
                        {
                            group.Label, RunView.Name(group, cell), cell.P50Ms, cell.P50Interval, Ratio(cell.P50Ms, group.Cells[0].P50Ms),
                            Apart(cell, group.Cells[0], cell.P50Interval, group.Cells[0].P50Interval), cell.P99Ms, cell.P99Interval,
                            Ratio(cell.P99Ms, group.Cells[0].P99Ms), Apart(cell, group.Cells[0], cell.P99Interval, group.Cells[0].P99Interval),
                        })),
                    ]),
            ],
        };
    }

    private static double? Ratio(double? value, double? first) => value is double of && first is > 0 and double by ? of / by : null;

    private static string? Apart(LatencyResult cell, LatencyResult first, ConfidenceInterval? one, ConfidenceInterval? other) =>
        ReferenceEquals(cell, first) ? "the first"
        : one is null || other is null ? null
        : one.LowMs > other.HighMs || one.HighMs < other.LowMs ? "apart"
        : "overlap";
}
