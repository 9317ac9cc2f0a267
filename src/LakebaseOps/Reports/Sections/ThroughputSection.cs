using LakebaseOps.Reports.Charts;

namespace LakebaseOps.Reports.Sections;

/// <summary>Section 5: how much was asked of the server.</summary>
internal static class ThroughputSection
{
    /// <summary>The section.</summary>
    public static ReportSection Build(RunView view)
    {
        List<ReportBlock> blocks = [];
        if (view.Groups.Count == 0)
        {
            blocks.Add(new Missing("No latency was measured in this run, so there is no throughput."));
        }
        else
        {
            double largest = view.Run.Latencies.Max(cell => cell.RequestsPerSecond);
            blocks.Add(new ReportFigure
            {
                Id = "rate",
                Title = "Requests per second",
                Caption = $"What the clients of the cell got done ({string.Join("; ", view.Run.Latencies.Select(cell => cell.Loop).Distinct())}). {Reading(view)}",
                Panels = [.. view.Groups.Select(group => ThroughputChart.Draw(group, LatencySection.PanelWidth(view.Groups.Count), largest))],
                Data =
                [
                    new ReportTable("throughput", "Requests per second",
                        [
                            new("Keys"), new("Mode"), new("Began"), new("Clients", ColumnKind.Count), new("Tables", ColumnKind.Count), new("Duration", ColumnKind.Seconds),
                            new("Requests", ColumnKind.Count), new("Requests/s", ColumnKind.PerSecond), new("Rows verified", ColumnKind.Count), new("Lookups with a row", ColumnKind.Share),
                        ],
                        [
                            .. view.Cells.Select(item => new object?[]
                            {
                                item.Group.Label, RunView.Name(item.Group, item.Cell), Quantity.Time(item.Cell.StartedAt), item.Cell.Clients, item.Cell.Tables, item.Cell.Duration.TotalSeconds,
                                item.Cell.Requests, item.Cell.RequestsPerSecond, item.Cell.RowsVerified, item.Cell.HitShare,
                            }),
                        ]),
                ],
            });
            blocks.AddRange(OpenLoopTables.Of(view));
            if (view.Run.Latencies.All(cell => cell.Open is null) && view.Run.Latencies.Select(cell => cell.Clients).Distinct().Count() == 1)
            {
                blocks.Add(new Missing(
                    $"Every cell ran with {Quantity.Plural(view.Run.Latencies[0].Clients, "client")}: this run says nothing about other concurrency, offered rates or the rate at which latency bends."));
            }
        }

        return new ReportSection(5, "throughput", "Load", blocks);
    }

    private static string Reading(RunView view) => string.Join(" ", view.Run.Latencies.Select(cell => cell.Open is null).Distinct().Order().Select(closed => closed
        ? "In a closed loop it follows from the latency and is no limit of the server."
        : "In an open loop it is the rate that was asked for, as far as the server could follow."));
}
