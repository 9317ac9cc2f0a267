namespace LakebaseOps.Reports.Charts;

/// <summary>When each table was staged, loaded, indexed, frozen and swapped.</summary>
internal static class GanttChart
{
    private const int Width = 1040;
    private const int RowHeight = 20;

    /// <summary>Draws the loads that have phases, in order of their start.</summary>
    public static ChartPanel Draw(IReadOnlyList<BulkLoadResult> loads, TableLabels labels, IReadOnlyList<string> phases)
    {
        int height = 6 + (loads.Count * RowHeight) + 44;
        Frame frame = new(labels.Width + 12, 4, Width - 14, height - 42);
        DateTimeOffset start = loads.SelectMany(load => load.Phases).Min(phase => phase.StartedAt);
        double seconds = (loads.SelectMany(load => load.Phases).Max(phase => phase.StartedAt + phase.Duration) - start).TotalSeconds;
        TimeScale across = TimeScale.Covering(seconds, frame.Left, frame.Right, 8);
        SvgWriter svg = new("gantt", Width, height, "Loads by phase",
            $"{Quantity.Plural(loads.Count, "load")} in {Quantity.Seconds(seconds)}; the phases of each are in the table below.");
        for (int row = 0; row < loads.Count; row++)
        {
            if (row % 2 == 1)
                svg.Rect(0, frame.Top + (row * RowHeight), Width, RowHeight, "zebra");
        }

        Axis.Bottom(svg, frame, across, 8, "since the first load began", across.Label);
        for (int row = 0; row < loads.Count; row++)
        {
            double y = frame.Top + (row * RowHeight);
            labels.Draw(svg, row, frame.Left - 10, y + 14);
            svg.Open("r", labels.Short[row]);
            foreach (PhaseDuration phase in loads[row].Phases)
            {
                double from = across.Map((phase.StartedAt - start).TotalSeconds), to = across.Map((phase.StartedAt + phase.Duration - start).TotalSeconds);
                svg.Rect(from, y + 4, Math.Max(0.8, to - from), RowHeight - 8, ComponentLook.Class(phases, phase.Phase),
                    $"{phase.Phase} {Quantity.Seconds(phase.Duration.TotalSeconds)}");
            }

            svg.Close();
        }

        return svg.Finish();
    }
}
