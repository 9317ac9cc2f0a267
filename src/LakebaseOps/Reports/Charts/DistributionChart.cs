using LakebaseOps.Latency;

namespace LakebaseOps.Reports.Charts;

/// <summary>How the response times are spread, one ridge for each mode over a common logarithmic axis.</summary>
internal static class DistributionChart
{
    private const int Bins = 72;
    private const int RowHeight = 52;

    /// <summary>Edges of the bins that a drawing uses, milliseconds.</summary>
    public static double[] Edges(LogScale values) =>
        [.. Enumerable.Range(0, Bins + 1).Select(bin => values.Low * Math.Pow(values.High / values.Low, bin / (double)Bins))];

    /// <summary>Draws the modes of one group.</summary>
    public static ChartPanel Draw(CellGroup group, int width, LogScale values)
    {
        int height = 40 + (group.Cells.Count * RowHeight) + 46;
        double names = 10 + group.Cells.Max(cell => TextWidth.Of(RunView.Name(group, cell)));
        Frame frame = new(names, 30, width - 14, height - 42);
        LogScale across = values with { From = frame.Left, To = frame.Right };
        double[] edges = Edges(values);
        List<(LatencyResult Cell, double[] Shares)> ridges = [.. group.Cells.Select(cell => (cell, Percentiles.Between(cell, edges)))];
        double peak = Math.Max(1e-9, ridges.Max(ridge => ridge.Shares.Max()));
        string what = string.Join("; ", group.Cells.Select(cell => $"{RunView.Name(group, cell)}: from {Quantity.Ms(cell.MinMs)} to {Quantity.Ms(cell.MaxMs)}, median {Quantity.Ms(cell.P50Ms)}"));
        SvgWriter svg = new($"spread-{group.Key}", width, height, $"Distribution of response times, {group.Label}", what);
        svg.Text(0, 15, group.Label, "pt");
        Axis.Bottom(svg, frame, across, Math.Max(4, (int)(frame.Width / 62)), "response time, ms (log)");
        for (int row = 0; row < ridges.Count; row++)
        {
            (LatencyResult cell, double[] shares) = ridges[row];
            double floor = frame.Top + 8 + ((row + 1) * RowHeight) - 2;
            string name = RunView.Name(group, cell);
            svg.Open(ModeLook.Class(BackendMode.Of(cell)));
            svg.Text(0, floor - 2, name, "lb");
            svg.Line(frame.Left, floor, frame.Right, floor, "bl");
            if (cell.Histogram.Count > 0)
                Ridge(svg, shares, edges, across, floor, peak);
            Tick(svg, across, floor, cell.P50Ms, $"{name}: median {Quantity.Ms(cell.P50Ms)}");
            if (cell.P99Ms is double p99)
                Tick(svg, across, floor, p99, $"{name}: p99 {Quantity.Ms(p99)}");
            svg.Close();
        }

        return svg.Finish();
    }

    private static void Ridge(SvgWriter svg, double[] shares, double[] edges, LogScale across, double floor, double peak)
    {
        int first = Array.FindIndex(shares, share => share > 0), last = Array.FindLastIndex(shares, share => share > 0);
        List<(double X, double Y)> line = [(across.Map(edges[first]), floor)];
        for (int bin = first; bin <= last; bin++)
        {
            double y = floor - (shares[bin] / peak * (RowHeight - 8));
            line.Add((across.Map(edges[bin]), y));
            line.Add((across.Map(edges[bin + 1]), y));
        }

        line.Add((across.Map(edges[last + 1]), floor));
        svg.Path(SvgWriter.Points(line), "ridge");
    }

    private static void Tick(SvgWriter svg, LogScale across, double floor, double ms, string tip)
    {
        double x = across.Map(ms);
        svg.Path(SvgWriter.Points([(x - 4.5, floor + 7), (x, floor + 0.5), (x + 4.5, floor + 7)]) + "Z", "mk", tip);
    }
}
