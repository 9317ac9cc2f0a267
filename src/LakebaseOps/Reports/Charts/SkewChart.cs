using LakebaseOps.Latency;

namespace LakebaseOps.Reports.Charts;

/// <summary>One percentile of every mode over the key distributions: whom skew helps and whom it hurts.</summary>
internal static class SkewChart
{
    /// <summary>Draws one percentile.</summary>
    public static ChartPanel Draw(
        string id, string title, IReadOnlyList<CellGroup> groups, IReadOnlyList<BackendMode> modes, Func<LatencyResult, double?> value, int width)
    {
        const int height = 290;
        Frame frame = new(46, 46, width - 84, height - 30);
        LogScale up = LogScale.Covering(groups.SelectMany(group => group.Cells).Select(value).OfType<double>(), frame.Bottom, frame.Top);
        SvgWriter svg = new(id, width, height, title,
            string.Join("; ", groups.Select(group => $"{group.Label}: {string.Join(", ", group.Cells.Where(cell => value(cell) is not null).Select(cell => $"{cell.Name} {Quantity.Ms(value(cell)!.Value)}"))}")));
        svg.Text(0, 15, title, "pt");
        Axis.Left(svg, frame, up, 6, "ms (log)");
        double step = frame.Width / Math.Max(1, groups.Count - 1);
        for (int at = 0; at < groups.Count; at++)
        {
            double x = frame.Left + (at * step);
            svg.Line(x, frame.Top, x, frame.Bottom, "gl");
            Anchor anchor = at == 0 ? Anchor.Start : at == groups.Count - 1 ? Anchor.End : Anchor.Middle;
            svg.Label(at == 0 ? x - 20 : at == groups.Count - 1 ? x + 40 : x, frame.Bottom + 18, groups[at].Label, step - 8, "ax", anchor);
        }

        Dictionary<BackendMode, double> ends = [];
        foreach (BackendMode mode in modes)
        {
            List<(double X, double Y, string Tip)> points = [];
            for (int at = 0; at < groups.Count; at++)
            {
                if (groups[at].Cells.FirstOrDefault(cell => BackendMode.Of(cell) == mode) is LatencyResult cell && value(cell) is double ms)
                    points.Add((frame.Left + (at * step), up.Map(ms), $"{mode.Name}, {groups[at].Label}: {Quantity.Ms(ms)}"));
            }

            if (points.Count == 0)
                continue;
            svg.Open(ModeLook.Class(mode));
            svg.Path(SvgWriter.Points(points.Select(point => (point.X, point.Y))), "ln");
            foreach ((double x, double y, string tip) in points)
                ModeLook.Mark(svg, mode, x, y, 4.5, tip);
            svg.Close();
            ends[mode] = points[^1].Y;
        }

        // Names at the ends of lines, pushed apart where lines meet.
        double free = double.NegativeInfinity;
        foreach ((BackendMode mode, double y) in ends.OrderBy(end => end.Value))
        {
            double place = Math.Max(y, free);
            svg.Open(ModeLook.Class(mode));
            svg.Text(frame.Right + 10, place + 4, mode.Name, "lb mode");
            svg.Close();
            free = place + 14;
        }

        return svg.Finish();
    }
}
