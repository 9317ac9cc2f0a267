namespace LakebaseOps.Reports.Sections;

/// <summary>What open loops offered and what came of it.</summary>
internal static class OpenLoopTables
{
    /// <summary>The tables of the cells that were measured in an open loop; none without such cells.</summary>
    public static IEnumerable<ReportBlock> Of(RunView view)
    {
        List<(CellGroup Group, LatencyResult Cell, OpenLoopResult Open)> cells =
            [.. view.Cells.Where(item => item.Cell.Open is not null).Select(item => (item.Group, item.Cell, item.Cell.Open!))];
        if (cells.Count == 0)
            yield break;
        yield return new TableBlock(new ReportTable("offered", "Open loops: what was offered and what was answered",
            [
                new("Keys"), new("Mode"), new("Arrivals"), new("Offered", ColumnKind.PerSecond), new("Answered", ColumnKind.PerSecond), new("Scheduled", ColumnKind.Count),
                new("Late", ColumnKind.Count), new("Waited for a free client", ColumnKind.Count), new("Delayed by the generator", ColumnKind.Count),
                new("Never sent", ColumnKind.Count), new("Largest backlog", ColumnKind.Count),
            ],
            [
                .. cells.Select(item => (object?[])
                [
                    item.Group.Label, RunView.Name(item.Group, item.Cell), item.Open.Arrival.ToString(), item.Open.OfferedPerSecond, item.Open.AchievedPerSecond, item.Open.Scheduled,
                    item.Open.Late, item.Open.Waited, item.Open.Delayed, item.Open.Skipped, item.Open.Backlog,
                ]),
            ]));
        yield return new TableBlock(new ReportTable("service", "Open loops: response times count from the intended begin; lag is the time until sending, service the time after it",
            [
                new("Keys"), new("Mode"), new("Response p50", ColumnKind.Milliseconds), new("Response p99", ColumnKind.Milliseconds, "insufficient"),
                new("Service p50", ColumnKind.Milliseconds), new("Service p99", ColumnKind.Milliseconds, "insufficient"), new("Lag p50", ColumnKind.Milliseconds),
                new("Lag p99", ColumnKind.Milliseconds, "insufficient"), new("Largest lag", ColumnKind.Milliseconds),
            ],
            [
                .. cells.Select(item => (object?[])
                [
                    item.Group.Label, RunView.Name(item.Group, item.Cell), item.Cell.P50Ms, item.Cell.P99Ms, item.Open.Service.P50Ms, item.Open.Service.P99Ms,
                    item.Open.Lag.P50Ms, item.Open.Lag.P99Ms, item.Open.Lag.MaxMs,
                ]),
            ]));
        List<object?[]> trials =
        [
            .. cells.SelectMany(item => (item.Cell.RateSearch?.Trials ?? []).Select(trial => (object?[])
            [
                item.Group.Label, RunView.Name(item.Group, item.Cell), trial.RatePerSecond, trial.AchievedPerSecond, trial.P99Ms, trial.P99HighMs, trial.Backlog,
                new Verdict(trial.Missed ?? "meets the service level", trial.Missed is null ? Standing.Good : Standing.Warning),
            ])),
        ];
        if (trials.Count > 0)
        {
            yield return new TableBlock(new ReportTable("trials", "The search for the highest rate at the service level",
                [
                    new("Keys"), new("Mode"), new("Offered", ColumnKind.PerSecond), new("Answered", ColumnKind.PerSecond), new("p99", ColumnKind.Milliseconds, "insufficient"),
                    new("p99 at most", ColumnKind.Milliseconds, "insufficient"), new("Backlog", ColumnKind.Count), new("Outcome", ColumnKind.Standing),
                ], trials));
        }
    }
}
