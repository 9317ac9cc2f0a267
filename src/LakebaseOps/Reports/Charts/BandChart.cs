namespace LakebaseOps.Reports.Charts;

/// <summary>Median, 99th percentile and largest of every second: whether a cell was steady while it was measured.</summary>
internal static class BandChart
{
    private const int MostPoints = 180;

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
        svg.Open(ModeLook.Class(cell.Mode));
        svg.Text(0, 15, name, "pt mode");
        svg.Text(TextWidth.Of(name, 13) + 10, 15, TextWidth.Fit(group.Label, width - TextWidth.Of(name, 13) - 20), "ax");
        Axis.Left(svg, frame, up, 5, "ms");
        Axis.Bottom(svg, frame, across, Math.Max(3, (int)(frame.Width / 70)), "", across.Label);
        IReadOnlyList<LatencyInterval> points = Thin(cell.Intervals);
        List<(double X, double Y)> medians = [.. points.Select(at => (across.Map(at.AtSeconds), up.Map(at.P50Ms)))];
        List<(double X, double Y)> tails = [.. points.Select(at => (across.Map(at.AtSeconds), up.Map(at.P99Ms)))];
        svg.Path(SvgWriter.Area(tails, medians), "band");
        svg.Path(SvgWriter.Points(tails), "ln hair solid");
        svg.Path(SvgWriter.Points(medians), "ln solid");
        foreach (LatencyInterval at in points)
        {
            svg.Path(ModeLook.Shape(MarkerShape.Circle, across.Map(at.AtSeconds), up.Map(at.MaxMs), 1.6), "mk ho",
                points.Count > 60 ? null : $"{name}, second {Quantity.Tick(Math.Round(at.AtSeconds, 1))}: median {Quantity.Ms(at.P50Ms)}, p99 {Quantity.Ms(at.P99Ms)}, largest {Quantity.Ms(at.MaxMs)}");
        }

        svg.Close();
        return svg.Finish();
    }

    /// <summary>At most so many points: neighbours are merged and the worst of them kept, so that no spike is lost.</summary>
    public static IReadOnlyList<LatencyInterval> Thin(IReadOnlyList<LatencyInterval> intervals)
    {
        int together = (intervals.Count + MostPoints - 1) / MostPoints;
        return together <= 1 ? intervals :
        [
            .. intervals.Chunk(together).Select(some => new LatencyInterval(
                some[0].AtSeconds, some.Sum(at => at.Requests), some.Max(at => at.P50Ms), some.Max(at => at.P99Ms), some.Max(at => at.MaxMs))),
        ];
    }
}
