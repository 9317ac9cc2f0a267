using LakebaseOps.Latency;

namespace LakebaseOps.Reports.Charts;

/// <summary>How far each mode's median is above one bare round trip on the same connections.</summary>
internal static class FloorChart
{
    /// <summary>Draws a group; every cell has a floor.</summary>
    public static ChartPanel Draw(CellGroup group, int width, double largest)
    {
        ModeRows rows = new(group, width, 34, 78);
        LinearScale scale = LinearScale.FromZero(largest, rows.Frame.Left, rows.Frame.Right);
        SvgWriter svg = new($"floor-{group.Key}", width, rows.Height, $"Distance to the floor, {group.Label}",
            string.Join("; ", group.Cells.Select(cell => $"{RunView.Name(group, cell)} {Quantity.Ratio(cell.P50Ms / cell.FloorP50Ms)} its floor")));
        rows.Draw(svg, group.Label, scale, "median, ms", (cell, middle) =>
        {
            double floor = scale.Map(cell.FloorP50Ms), median = scale.Map(cell.P50Ms);
            svg.Line(floor, middle, median, middle, "ci faint");
            svg.Line(floor, middle - 8, floor, middle + 8, "fl");
            ModeLook.Mark(svg, BackendMode.Of(cell), median, middle, 5, $"median {Quantity.Ms(cell.P50Ms)}, floor {Quantity.Ms(cell.FloorP50Ms)}");
            svg.Text(median + 10, middle + 4, $"{Quantity.Ratio(cell.P50Ms / cell.FloorP50Ms)} floor", "ax");
        });
        return svg.Finish();
    }
}
