using LakebaseOps.Latency;

namespace LakebaseOps.Reports.Charts;

/// <summary>One request from its start to its end, a step for each part.</summary>
internal static class WaterfallChart
{
    private const int RowHeight = 21;

    /// <summary>Draws a request.</summary>
    public static ChartPanel Draw(
        string id, BackendMode mode, string heading, string note, LatencyExemplar request, int width, IReadOnlyList<string> all)
    {
        List<KeyValuePair<string, double>> parts = [.. request.PartsUs.Where(part => all.Contains(part.Key))];
        int height = 48 + (parts.Count * RowHeight) + 40;
        double names = 10 + parts.Max(part => TextWidth.Of(ComponentLook.Words(part.Key)));
        Frame frame = new(names, 42, width - 66, height - 42);
        double sum = Math.Max(parts.Sum(part => part.Value), 0.001);
        LinearScale scale = new(0, Math.Max(sum, request.TotalUs) / 1000, frame.Left, frame.Right);
        SvgWriter svg = new(id, width, height, $"Waterfall, {heading}",
            $"{note}: {string.Join(", ", parts.Select(part => $"{ComponentLook.Words(part.Key)} {Quantity.Us(part.Value)}"))}");
        svg.Open(ModeLook.Class(mode));
        svg.Text(0, 15, heading, "pt mode");
        svg.Label(0, 32, note, width, "ax");
        Axis.Bottom(svg, frame, scale, Math.Max(3, (int)(frame.Width / 64)), "ms since the request began");
        double at = 0;
        int row = 0;
        foreach ((string part, double us) in parts)
        {
            double y = frame.Top + (row * RowHeight), from = scale.Map(at / 1000), to = scale.Map((at + us) / 1000);
            svg.Text(0, y + 15, ComponentLook.Words(part), "lb");
            svg.Rect(from, y + 4, Math.Max(1, to - from), RowHeight - 8, ComponentLook.Class(all, part), $"{ComponentLook.Words(part)}: {Quantity.Us(us)}");
            svg.Text(Math.Max(to, from + 1) + 6, y + 15, Quantity.Us(us), "ax");
            at += us;
            row++;
        }

        svg.Close();
        return svg.Finish();
    }
}
