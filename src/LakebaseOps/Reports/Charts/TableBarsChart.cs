namespace LakebaseOps.Reports.Charts;

/// <summary>One bar: parts with their classes, and the text at its end.</summary>
internal sealed record Bar(IReadOnlyList<(double Value, string Class)> Parts, string Text);

/// <summary>One column of bars with a scale of its own.</summary>
/// <param name="Title">What it shows.</param>
/// <param name="Label">How values are written.</param>
/// <param name="Bars">One for each row; null where there is no value.</param>
internal sealed record BarColumn(string Title, Func<double, string> Label, IReadOnlyList<Bar?> Bars);

/// <summary>Several measures of the same tables side by side, every bar with its figure at the end.</summary>
internal static class TableBarsChart
{
    private const int Width = 1040;
    private const int RowHeight = 21;

    /// <summary>Draws one row for each label.</summary>
    public static ChartPanel Draw(string id, string title, TableLabels labels, IReadOnlyList<BarColumn> columns)
    {
        int height = 30 + (labels.Names.Count * RowHeight) + 6;
        double left = labels.Width + 12, gap = 26, width = ((Width - left + gap) / columns.Count) - gap;
        SvgWriter svg = new(id, Width, height, title,
            $"{Quantity.Plural(labels.Names.Count, "row")}: {string.Join(", ", columns.Select(column => column.Title))}; the figures are in the table below.");
        for (int row = 0; row < labels.Names.Count; row++)
        {
            if (row % 2 == 1)
                svg.Rect(0, 26 + (row * RowHeight), Width, RowHeight, "zebra");
            labels.Draw(svg, row, left - 10, 41 + (row * RowHeight));
        }

        for (int at = 0; at < columns.Count; at++)
            Column(svg, labels, columns[at], left + (at * (width + gap)), width);
        return svg.Finish();
    }

    private static void Column(SvgWriter svg, TableLabels labels, BarColumn column, double left, double width)
    {
        double words = column.Bars.Max(bar => bar is null ? 0 : TextWidth.Of(bar.Text)) + 8;
        double largest = column.Bars.Max(bar => bar?.Parts.Sum(part => part.Value) ?? 0);
        LinearScale scale = new(0, largest > 0 ? largest : 1, 0, width - words);
        svg.Text(left, 15, column.Title, "at");
        for (int row = 0; row < column.Bars.Count; row++)
        {
            double y = 26 + (row * RowHeight);
            if (column.Bars[row] is not Bar bar)
            {
                svg.Text(left, y + 15, "–", "ax");
                continue;
            }

            double x = left;
            svg.Open("r", labels.Short[row]);
            foreach ((double value, string classes) in bar.Parts)
            {
                double part = scale.Map(value);
                svg.Rect(x, y + 4, part, RowHeight - 8, classes, column.Label(value));
                x += part;
            }

            svg.Text(x + 6, y + 15, bar.Text, "ax");
            svg.Close();
        }

        svg.Line(left, 26, left, 26 + (column.Bars.Count * RowHeight), "bl");
    }
}
