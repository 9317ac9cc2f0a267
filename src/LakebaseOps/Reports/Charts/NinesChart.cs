using LakebaseOps.Latency;
using System.Globalization;

namespace LakebaseOps.Reports.Charts;

/// <summary>Latency against percentile, each nine as wide as the one before: how bad the rare requests are.</summary>
internal static class NinesChart
{
    /// <summary>Draws the modes of one group.</summary>
    public static ChartPanel Draw(CellGroup group, int width, LogScale values)
    {
        const int height = 300;
        Frame frame = new(46, 46, width - 14, height - 42);
        double nines = Math.Max(2, group.Cells.Max(cell => Math.Log10(Math.Max(10, Percentiles.Samples(cell)))));
        LinearScale across = new(0, nines, frame.Left, frame.Right);
        LogScale up = values with { From = frame.Bottom, To = frame.Top };
        string what = string.Join("; ", group.Cells.Select(cell => $"{RunView.Name(group, cell)}: median {Quantity.Ms(cell.P50Ms)}, largest {Quantity.Ms(cell.MaxMs)}"));
        SvgWriter svg = new($"nines-{group.Key}", width, height, $"Percentiles by nines, {group.Label}", what);
        svg.Text(0, 15, group.Label, "pt");
        Axis.Left(svg, frame, up, 7, "ms");
        double free = double.NegativeInfinity;
        foreach ((double place, string label) in Marks(nines))
        {
            double x = across.Map(place);
            svg.Line(x, frame.Top, x, frame.Bottom, "gl");
            double half = TextWidth.Of(label) / 2;
            if (x - half >= free)
            {
                svg.Text(x, frame.Bottom + 16, label, "ax", Anchor.Middle);
                free = x + half + 6;
            }
        }

        svg.Text((frame.Left + frame.Right) / 2, frame.Bottom + 34, "percentile of requests", "at", Anchor.Middle);
        if (group.Cells.Select(cell => cell.SlaP99Ms).OfType<double>().Cast<double?>().FirstOrDefault() is double sla && sla >= up.Low && sla <= up.High)
        {
            svg.Line(frame.Left, up.Map(sla), frame.Right, up.Map(sla), "sla");
            // Above the frame, where no curve can cross it.
            string asked = $"p99 asked for: {Quantity.Ms(sla)}";
            svg.Text(frame.Right, frame.Top - 10, asked, "ax", Anchor.End);
            double words = frame.Right - TextWidth.Of(asked);
            svg.Line(words - 30, frame.Top - 14, words - 4, frame.Top - 14, "sla");
        }

        foreach (LatencyResult cell in group.Cells.Where(cell => cell.Histogram.Count > 0))
            Line(svg, group, cell, across, up);
        return svg.Finish();
    }

    /// <summary>The percentiles marked: 0, 50, 90 and each further nine up to the end of the axis.</summary>
    private static IEnumerable<(double Place, string Label)> Marks(double nines)
    {
        yield return (0, "0 %");
        yield return (Math.Log10(2), "50 %");
        for (int nine = 1; nine <= nines; nine++)
            yield return (nine, $"{Quantity.Tick(Math.Round(100 - Math.Pow(10, 2 - nine), 9))} %");
    }

    private static void Line(SvgWriter svg, CellGroup group, LatencyResult cell, LinearScale across, LogScale up)
    {
        IReadOnlyList<(double Share, double Ms)> cumulative = Percentiles.Cumulative(cell);
        double supported = Percentiles.Supported(Percentiles.Samples(cell));
        // The last bucket reaches 100 %, an infinite number of nines: it is drawn where its last sample stands.
        double last = Math.Log10(Percentiles.Samples(cell));
        List<(double Place, double Ms)> points = [];
        for (double place = 0; place < last; place += 0.06)
            points.Add((place, Percentiles.At(cumulative, 1 - Math.Pow(10, -place))));
        points.Add((last, cumulative[^1].Ms));
        double sure = supported <= 0 ? 0 : -Math.Log10(1 - supported);
        svg.Open(ModeLook.Class(BackendMode.Of(cell)));
        svg.Path(Data(points.Where(point => point.Place <= sure + 0.06)), "ln");
        if (sure < last)
            svg.Path(Data(points.Where(point => point.Place >= sure)), "ln thin");
        string name = RunView.Name(group, cell);
        foreach (double share in new[] { 0.5, 0.9, 0.99, 0.999, 0.9999 })
        {
            double place = -Math.Log10(1 - share);
            if (place > last)
                break;
            double ms = Percentiles.At(cumulative, share);
            string label = (share * 100).ToString("0.##", CultureInfo.InvariantCulture);
            ModeLook.Mark(svg, BackendMode.Of(cell), across.Map(place), up.Map(ms), 3.6, $"{name}: {label} % within {Quantity.Ms(ms)}", hollow: share > supported);
        }

        svg.Close();

        string Data(IEnumerable<(double Place, double Ms)> part) =>
            SvgWriter.Points(part.Select(point => (across.Map(point.Place), up.Map(point.Ms))));
    }
}
