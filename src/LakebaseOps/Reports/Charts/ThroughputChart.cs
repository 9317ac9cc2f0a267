namespace LakebaseOps.Reports.Charts;

/// <summary>Requests that each mode completed per second.</summary>
internal static class ThroughputChart
{
    /// <summary>Draws a group; the axis is shared by the figure.</summary>
    public static ChartPanel Draw(CellGroup group, int width, double largest)
    {
        ModeRows rows = new(group, width, 30, 70);
        LinearScale scale = LinearScale.FromZero(largest, rows.Frame.Left, rows.Frame.Right);
        SvgWriter svg = new($"rate-{group.Key}", width, rows.Height, $"Throughput, {group.Label}",
            string.Join("; ", group.Cells.Select(cell => $"{RunView.Name(group, cell)} {Quantity.Rate(cell.RequestsPerSecond)}")));
        rows.Draw(svg, group.Label, scale, "requests per second", (cell, middle) =>
        {
            double end = scale.Map(cell.RequestsPerSecond);
            svg.Rect(rows.Frame.Left, middle - 8, end - rows.Frame.Left, 16, "bar", Quantity.Rate(cell.RequestsPerSecond), 2);
            svg.Text(end + 6, middle + 4, Quantity.Rate(cell.RequestsPerSecond), "ax");
        });
        return svg.Finish();
    }
}
