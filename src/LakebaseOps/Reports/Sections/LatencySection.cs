using LakebaseOps.Reports.Charts;

namespace LakebaseOps.Reports.Sections;

/// <summary>Section 3: how long requests took.</summary>
internal static class LatencySection
{
    private static readonly double[] Shares = [0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999, 1];

    /// <summary>Width of a panel when so many stand side by side.</summary>
    public static int PanelWidth(int panels) => panels switch { 1 => 1040, 2 => 510, _ => 334 };

    /// <summary>The section.</summary>
    public static ReportSection Build(RunView view)
    {
        List<ReportBlock> blocks = [];
        List<CellGroup> groups =
        [
            .. view.Groups
                .Select(group => group with { Cells = [.. group.Cells.Where(cell => cell.Histogram.Count > 0)] })
                .Where(group => group.Cells.Count > 0),
        ];
        if (groups.Count == 0)
        {
            blocks.Add(new Missing(view.Run.Latencies.Count == 0
                ? "No latency was measured in this run."
                : "The cells hold no histograms, so percentiles by nines and distributions cannot be drawn."));
        }
        else
        {
            blocks.Add(Nines(view, groups));
            blocks.Add(Spread(view, groups));
        }

        if (view.Run.Latencies.Any(cell => cell.Intervals.Count > 1))
            blocks.Add(Bands(view));
        else if (view.Run.Latencies.Count > 0)
            blocks.Add(new Missing("No cell lasted two seconds, so there is no course over time to show."));
        return new ReportSection(3, "latency", "Latency", blocks);
    }

    private static ReportFigure Nines(RunView view, List<CellGroup> groups)
    {
        LogScale values = LogScale.Covering(
            groups.SelectMany(group => group.Cells).SelectMany(cell => new[] { cell.Histogram[0].UpToUs / 1000, cell.Histogram[^1].UpToUs / 1000 }), 0, 1);
        return new ReportFigure
        {
            Id = "nines",
            Title = "Percentiles by nines",
            Caption = "How slow the rare requests are. Thin line and hollow marker: too few samples beyond that point to bound the percentile.",
            Panels = [.. groups.Select(group => NinesChart.Draw(group, PanelWidth(groups.Count), values))],
            Legend = Legend.Modes(view.Modes),
            Data =
            [
                new ReportTable("nines", "Response time by percentile",
                    [new("Keys"), new("Mode"), .. Shares.Select(share => new ReportColumn(share == 1 ? "Max" : $"p{Quantity.Tick(Math.Round(share * 100, 6))}", ColumnKind.Milliseconds, "insufficient"))],
                    [.. groups.SelectMany(group => group.Cells.Select(cell => NinesRow(group, cell)))]),
            ],
        };
    }

    private static object?[] NinesRow(CellGroup group, LatencyResult cell)
    {
        IReadOnlyList<(double Share, double Ms)> cumulative = Percentiles.Cumulative(cell);
        double supported = Percentiles.Supported(Percentiles.Samples(cell));
        return
        [
            group.Label, RunView.Name(group, cell),
            .. Shares.Select(share => share < 1 && share > supported ? null : (object?)Percentiles.At(cumulative, share)),
        ];
    }

    private static ReportFigure Spread(RunView view, List<CellGroup> groups)
    {
        LogScale values = LogScale.Covering(
            groups.SelectMany(group => group.Cells).SelectMany(cell => new[] { cell.Histogram[0].UpToUs / 1000, cell.Histogram[^1].UpToUs / 1000 }), 0, 1);
        // The table takes a third of the drawing's bins: enough to read, few enough to print.
        double[] edges = [.. DistributionChart.Edges(values).Where((_, at) => at % 3 == 0)];
        List<(CellGroup Group, LatencyResult Cell, double[] Shares)> cells =
            [.. groups.SelectMany(group => group.Cells.Select(cell => (group, cell, Percentiles.Between(cell, edges))))];
        return new ReportFigure
        {
            Id = "spread",
            Title = "Distribution of response times",
            Caption = "Share of requests by response time; all ridges have the same area scale. The triangles under each ridge stand at its median and its p99.",
            Panels = [.. groups.Select(group => DistributionChart.Draw(group, PanelWidth(groups.Count), values))],
            Legend = Legend.Modes(view.Modes),
            Data =
            [
                new ReportTable("distribution", "Share of requests by response time",
                    [new("Over", ColumnKind.Milliseconds), new("Up to", ColumnKind.Milliseconds), .. cells.Select(item => new ReportColumn(
                        groups.Count == 1 ? RunView.Name(item.Group, item.Cell) : $"{RunView.Name(item.Group, item.Cell)}, {item.Group.Label}", ColumnKind.Share))],
                    [
                        .. Enumerable.Range(0, edges.Length - 1).Select(bin => (object?[])
                            [edges[bin], edges[bin + 1], .. cells.Select(item => (object?)item.Shares[bin])]),
                    ]),
            ],
        };
    }

    private static ReportFigure Bands(RunView view)
    {
        List<(CellGroup Group, LatencyResult Cell)> cells = [.. view.Cells.Where(item => item.Cell.Intervals.Count > 1)];
        LogScale values = LogScale.Covering(
            cells.SelectMany(item => item.Cell.Intervals).SelectMany(at => new[] { at.P50Ms, at.MaxMs }), 0, 1);
        double seconds = cells.Max(item => item.Cell.Intervals[^1].AtSeconds);
        // Four modes stand in one row for each distribution.
        int width = view.Modes.Count == 4 ? 246 : PanelWidth(Math.Max(2, cells.Count));
        return new ReportFigure
        {
            Id = "bands",
            Title = "Percentiles over time",
            Caption = "Heavy line: median of each second; band up to its 99th percentile; dots: the slowest request of the second; tips show the three. The warm-up is not shown: it ended before second 0.",
            Panels = [.. cells.Select((item, index) => BandChart.Draw(item.Group, item.Cell, index, width, values, seconds))],
            Data =
            [
                new ReportTable("steadiness", "Each cell over its seconds",
                    [
                        new("Keys"), new("Mode"), new("Seconds", ColumnKind.Count), new("Lowest median", ColumnKind.Milliseconds),
                        new("Highest median", ColumnKind.Milliseconds), new("Highest p99", ColumnKind.Milliseconds), new("Slowest", ColumnKind.Milliseconds),
                        new("Warm-up requests", ColumnKind.Count), new("Warm-up ended"),
                    ],
                    [
                        .. cells.Select(item => new object?[]
                        {
                            item.Group.Label, RunView.Name(item.Group, item.Cell), item.Cell.Intervals.Count,
                            item.Cell.Intervals.Min(at => at.P50Ms), item.Cell.Intervals.Max(at => at.P50Ms), item.Cell.Intervals.Max(at => at.P99Ms),
                            item.Cell.Intervals.Max(at => at.MaxMs), item.Cell.WarmUpRequests, item.Cell.WarmUpEnd,
                        }),
                    ]),
            ],
        };
    }
}
