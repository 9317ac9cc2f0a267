using LakebaseOps.Latency;

namespace LakebaseOps.Reports.Charts;

/// <summary>Median and 99th percentile of each mode with their 95 % intervals, on one axis.</summary>
internal static class IntervalChart
{
    /// <summary>Draws a group.</summary>
    public static ChartPanel Draw(CellGroup group, int width, LogScale values)
    {
        ModeRows rows = new(group, width, 44);
        LogScale scale = values with { From = rows.Frame.Left, To = rows.Frame.Right };
        SvgWriter svg = new($"modes-{group.Key}", width, rows.Height, $"Modes compared, {group.Label}",
            string.Join("; ", group.Cells.Select(cell => $"{RunView.Name(group, cell)} p50 {Quantity.Ms(cell.P50Ms)}, p99 {(cell.P99Ms is double p99 ? Quantity.Ms(p99) : "insufficient samples")}")));
        rows.Draw(svg, group.Label, scale, "ms (log)", (cell, middle) =>
        {
            Point(cell, "p50", cell.P50Ms, cell.P50Interval, middle - 9, hollow: false);
            if (cell.P99Ms is double p99)
                Point(cell, "p99", p99, cell.P99Interval, middle + 9, hollow: true);
            else
                svg.Text(rows.Frame.Left + 6, middle + 13, "p99: too few samples", "ax");
        });
        return svg.Finish();

        void Point(LatencyResult cell, string what, double value, ConfidenceInterval? interval, double y, bool hollow)
        {
            if (interval is not null)
            {
                double low = scale.Map(interval.LowMs), high = scale.Map(interval.HighMs);
                svg.Line(low, y, high, y, "ci");
                svg.Line(low, y - 4, low, y + 4, "ci");
                svg.Line(high, y - 4, high, y + 4, "ci");
            }

            string bounds = interval is null ? "no interval" : $"95 % CI {Quantity.Interval(interval)}";
            ModeLook.Mark(svg, BackendMode.Of(cell), scale.Map(value), y, 4.2, $"{what} {Quantity.Ms(value)}, {bounds}", hollow);
        }
    }
}
