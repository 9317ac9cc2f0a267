using LakebaseOps.Latency;

namespace LakebaseOps.Reports.Charts;

/// <summary>Median, 99th percentile and largest of every second: whether a cell was steady while it was measured.</summary>
internal static class BandChart
{
    /// <summary>Draws one cell; scales are shared by the whole figure so that panels can be compared.</summary>
    public static ChartPanel Draw(CellGroup group, LatencyResult cell, int index, int width, LogScale values, double seconds)
    {
        const int height = 196;
        Frame frame = new(46, 44, width - 14, height - 26);
        TimeScale across = TimeScale.Covering(seconds, frame.Left, frame.Right, Math.Max(3, (int)(frame.Width / 70)));
        LogScale up = values with { From = frame.Bottom, To = frame.Top };
        string name = RunView.Name(group, cell);
        SvgWriter svg = new($"bands-{group.Key}-{index}", width, height, $"Percentiles over time, {name}, {group.Label}",
            $"{Quantity.Count(cell.Intervals.Count)} seconds; medians between {Quantity.Ms(cell.Intervals.Min(at => at.P50Ms))} and {Quantity.Ms(cell.Intervals.Max(at => at.P50Ms))}, largest response {Quantity.Ms(cell.Intervals.Max(at => at.MaxMs))}.");
        svg.Open(ModeLook.Class(BackendMode.Of(cell)));
        svg.Text(0, 15, name, "pt mode");
        svg.Text(TextWidth.Of(name, 13) + 10, 15, TextWidth.Fit(group.Label, width - TextWidth.Of(name, 13) - 20), "ax");
        Axis.Left(svg, frame, up, 5, "ms");
        Axis.Bottom(svg, frame, across, Math.Max(3, (int)(frame.Width / 70)), "", across.Label);
        IReadOnlyList<LatencyInterval> points = cell.Intervals;
        List<(double X, double Y)> medians = [.. points.Select(at => (across.Map(at.AtSeconds), up.Map(at.P50Ms)))];
        List<(double X, double Y)> tails = [.. points.Select(at => (across.Map(at.AtSeconds), up.Map(at.P99Ms)))];
        svg.Path(SvgWriter.Area(tails, medians), "ridge");
        svg.Path(SvgWriter.Points(medians), "ln solid");
        foreach (LatencyInterval at in points)
        {
            svg.Circle(across.Map(at.AtSeconds), up.Map(at.MaxMs), 1.8, "mk ho",
                points.Count > 60 ? null : $"{Quantity.Tick(Math.Round(at.AtSeconds, 1))} s: {Quantity.Significant(at.P50Ms)} / {Quantity.Significant(at.P99Ms)} / {Quantity.Ms(at.MaxMs)}");
        }

        svg.Close();
        return svg.Finish();
    }
}
