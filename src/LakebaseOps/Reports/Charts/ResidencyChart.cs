namespace LakebaseOps.Reports.Charts;

/// <summary>How much of each table lay in shared buffers before and after warming, heap and indexes apart.</summary>
internal static class ResidencyChart
{
    private const int Width = 1040;
    private const int RowHeight = 20;

    /// <summary>Resident share of all relations of one kind of a table; null when any of them is unknown.</summary>
    public static (double? Before, double? After) Share(IEnumerable<CacheState> states)
    {
        List<CacheState> all = [.. states];
        double size = all.Sum(state => state.SizeBytes);
        if (all.Count == 0 || size <= 0)
            return (null, null);
        return (
            all.All(state => state.CachedBytesBefore is not null) ? Math.Min(1, all.Sum(state => state.CachedBytesBefore!.Value) / size) : null,
            all.All(state => state.CachedBytes is not null) ? Math.Min(1, all.Sum(state => state.CachedBytes!.Value) / size) : null);
    }

    /// <summary>Draws one row for each table.</summary>
    public static ChartPanel Draw(IReadOnlyList<CacheState> states, TableLabels labels)
    {
        int height = 48 + (labels.Names.Count * RowHeight) + 28;
        double left = labels.Width + 20, gap = 64, width = (Width - left - gap - 20) / 2;
        SvgWriter svg = new("residency", Width, height, "Cache residency before and after warming",
            $"{Quantity.Plural(labels.Names.Count, "table")}; shares of heap and indexes in shared buffers are in the table below.");
        for (int row = 0; row < labels.Names.Count; row++)
        {
            double y = 42 + (row * RowHeight);
            if (row % 2 == 1)
                svg.Rect(0, y, Width, RowHeight, "zebra");
            labels.Draw(svg, row, left - 14, y + 14);
        }

        Column("Heap", left);
        Column("Index", left + width + gap);
        return svg.Finish();

        void Column(string kind, double from)
        {
            Frame frame = new(from, 40, from + width, height - 26);
            LinearScale scale = new(0, 1, frame.Left, frame.Right);
            svg.Text(from, 28, kind == "Heap" ? "heap in shared buffers" : "indexes in shared buffers", "at");
            Axis.Bottom(svg, frame, scale, 5, "", value => $"{Quantity.Tick(value * 100)} %");
            for (int row = 0; row < labels.Names.Count; row++)
            {
                string table = labels.Names[row];
                double y = 42 + (row * RowHeight) + (RowHeight / 2.0);
                (double? before, double? after) = Share(states.Where(state => state.Table == table && state.Kind == kind));
                if (after is not double share)
                {
                    svg.Text(frame.Left + 4, y + 4, "not provable", "ax");
                    continue;
                }

                svg.Open("m1", labels.Short[row]);
                if (before is double earlier)
                {
                    svg.Line(scale.Map(earlier), y, scale.Map(share), y, "ci faint");
                    svg.Circle(scale.Map(earlier), y, 3.6, "mk ho", $"{Quantity.Share(earlier)} before");
                }

                svg.Circle(scale.Map(share), y, 4.2, "mk", $"{Quantity.Share(share)} after");
                svg.Close();
            }
        }
    }
}
