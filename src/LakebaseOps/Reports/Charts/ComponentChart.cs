namespace LakebaseOps.Reports.Charts;

/// <summary>Where the time of requests goes: one stacked bar for each mode.</summary>
internal static class ComponentChart
{
    /// <summary>Draws a group for the middle or for the slowest requests.</summary>
    /// <param name="group">The cells, each with components.</param>
    /// <param name="width">Width of the drawing.</param>
    /// <param name="slowest">True for the slowest 1 %, false for the middle.</param>
    /// <param name="all">Every part's name, in order of time.</param>
    public static ChartPanel Draw(CellGroup group, int width, bool slowest, IReadOnlyList<string> all)
    {
        double words = 8 + group.Cells.Max(cell => TextWidth.Of(Quantity.Us(Sum(cell))));
        ModeRows rows = new(group, width, 30, words);
        double largest = group.Cells.Max(Sum) / 1000;
        // The bars end where the axis ends, so that the figure after each has its room.
        LinearScale scale = new(0, largest > 0 ? largest : 1, rows.Frame.Left, rows.Frame.Right);
        string of = slowest ? "slowest 1 %" : "median";
        SvgWriter svg = new($"parts-{group.Key}-{(slowest ? "slow" : "mid")}", width, rows.Height, $"Parts of requests, {of}, {group.Label}",
            string.Join("; ", group.Cells.Select(cell => $"{RunView.Name(group, cell)} {Quantity.Us(Sum(cell))}")));
        rows.Draw(svg, slowest ? $"Slowest 1 %, {group.Label}" : $"Median, {group.Label}", scale, "mean, ms", (cell, middle) =>
        {
            double x = rows.Frame.Left;
            foreach (LatencyComponent part in cell.Components.Where(part => all.Contains(part.Name)))
            {
                double us = Value(part);
                double end = x + (us / 1000 / scale.High * rows.Frame.Width);
                svg.Rect(x, middle - 9, end - x, 18, ComponentLook.Class(all, part.Name), $"{ComponentLook.Words(part.Name)} {Quantity.Us(us)}");
                x = end;
            }

            svg.Text(x + 6, middle + 4, Quantity.Us(Sum(cell)), "ax");
        });
        return svg.Finish();

        double Value(LatencyComponent part) => slowest ? part.SlowestUs : part.MedianUs;
        double Sum(LatencyResult cell) => cell.Components.Sum(Value);
    }
}
