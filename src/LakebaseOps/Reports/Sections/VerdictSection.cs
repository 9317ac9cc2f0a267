namespace LakebaseOps.Reports.Sections;

/// <summary>Section 1: the answer first.</summary>
internal static class VerdictSection
{
    /// <summary>The section.</summary>
    public static ReportSection Build(RunView view)
    {
        List<ReportBlock> blocks = [new TileBlock("", RunTiles(view))];
        if (view.Headline is LatencyResult best)
        {
            string others = view.Groups[0].Cells.Count > 1
                ? $"the fastest of {view.Groups[0].Cells.Count} modes by {(best.P99Ms is null ? "median" : "p99")}"
                : "the only mode measured";
            blocks.Add(new TileBlock(
                $"{best.Name}, {view.Groups[0].Label}: {others}. Load: {best.Loop}, {Quantity.Plural(best.Tables, "table")} per request, {Quantity.Plural(best.Requests, "request")}.",
                LatencyTiles(best)));
            blocks.Add(new TableBlock(AllCells(view)));
        }
        else
        {
            blocks.Add(new Missing("No latency was measured in this run. Measure-LakebaseFeatureLatency measures it."));
        }

        return new ReportSection(1, "verdict", "Verdict", blocks);
    }

    private static List<Tile> RunTiles(RunView view)
    {
        RunRecord run = view.Run;
        List<Tile> tiles = [];
        string steps = run.Steps.Count == 0 ? "no workflow steps" :
            $"{run.Steps.Count(step => step.Status is "Passed" or "AlreadyDone")} of {Quantity.Plural(run.Steps.Count, "step")} done";
        // A report made by a step of the run itself sees it unfinished.
        string status = run.Status == "Running" && run.Steps.Count > 0 ? "Passed so far" : run.Status;
        tiles.Add(new Tile("Run", status.Length > 0 ? status : "Not stated", steps, status switch
        {
            "Passed" or "Passed so far" => Standing.Good,
            "Failed" or "Invalid" => Standing.Bad,
            _ => Standing.Neutral,
        }));
        List<LatencyResult> asked = [.. run.Latencies.Where(cell => cell.SlaP99Ms is not null)];
        int met = asked.Count(cell => cell.SlaMet == true), open = asked.Count(cell => cell.SlaMet is null);
        tiles.Add(asked.Count == 0
            ? new Tile("Service level", "None asked for", "give -SlaP99Ms to have one checked")
            : new Tile("Service level", met == asked.Count ? "Met" : met + open == asked.Count ? "Undecided" : "Missed",
                $"{met} of {Quantity.Plural(asked.Count, "cell")} within p99 ≤ {string.Join(" / ", asked.Select(cell => Quantity.Ms(cell.SlaP99Ms!.Value)).Distinct())}",
                met == asked.Count ? Standing.Good : met + open == asked.Count ? Standing.Warning : Standing.Bad));
        int failed = run.Checks.Count(check => check.Status == CheckStatus.Failed);
        int warned = run.Checks.Count(check => check.Status == CheckStatus.Warning);
        int skipped = run.Checks.Count(check => check.Status == CheckStatus.Skipped);
        int passed = run.Checks.Count(check => check.Status == CheckStatus.Passed);
        tiles.Add(run.Checks.Count == 0
            ? new Tile("Checks", "None run", "Test-LakebaseTable checks tables")
            // What had nothing to be held to, such as an owner nobody named, says nothing against the tables; the number says that it was not looked at.
            : new Tile("Checks passed", $"{Quantity.Count(passed)} of {Quantity.Count(run.Checks.Count - skipped)}",
                $"{Quantity.Count(failed)} failed, {Quantity.Plural(warned, "warning")}; {Quantity.Count(skipped)} more skipped",
                failed > 0 ? Standing.Bad : warned > 0 || passed == 0 ? Standing.Warning : Standing.Good));
        if (run.Latencies.Count > 0)
        {
            long errors = run.Latencies.Sum(cell => cell.Errors), wrong = run.Latencies.Sum(cell => cell.WrongResponses);
            long requests = run.Latencies.Sum(cell => cell.Requests);
            tiles.Add(new Tile("Errors", Quantity.Count(errors),
                $"{Quantity.Count(wrong)} wrong responses in {Quantity.Plural(requests, "timed request")}",
                errors + wrong == 0 ? Standing.Good : wrong > 0 ? Standing.Bad : Standing.Warning));
            int trusted = run.Latencies.Count(cell => cell.Trust == "Trustworthy");
            tiles.Add(new Tile("Trust", trusted == run.Latencies.Count ? "Trustworthy" : $"{trusted} of {run.Latencies.Count}",
                trusted == run.Latencies.Count ? $"all {Quantity.Plural(trusted, "cell")}; reasons in section 11" : "cells trustworthy; reasons in section 11",
                trusted == run.Latencies.Count ? Standing.Good : Standing.Warning));
        }

        return tiles;
    }

    private static List<Tile> LatencyTiles(LatencyResult best)
    {
        Standing standing = best.SlaMet switch { true => Standing.Good, false => Standing.Bad, _ => Standing.Neutral };
        return
        [
            new Tile("p50", Quantity.Ms(best.P50Ms), Interval(best.P50Interval)),
            new Tile("p95", Quantity.Ms(best.P95Ms), $"mean {Quantity.Ms(best.MeanMs)}"),
            best.P99Ms is double p99
                ? new Tile("p99", Quantity.Ms(p99), Interval(best.P99Interval), standing)
                : new Tile("p99", "Insufficient", "takes 368 samples"),
            best.P999Ms is double p999
                ? new Tile("p99.9", Quantity.Ms(p999), $"largest {Quantity.Ms(best.MaxMs)}")
                : new Tile("p99.9", "Insufficient", $"takes 3,688 samples; largest {Quantity.Ms(best.MaxMs)}"),
            new Tile("Throughput", Quantity.Rate(best.RequestsPerSecond), Quantity.Plural(best.Clients, "client")),
        ];
    }

    private static string Interval(ConfidenceInterval? interval) =>
        interval is null ? "no interval: too few samples" : $"95 % CI {Quantity.Interval(interval)}";

    private static ReportTable AllCells(RunView view) => new(
        "cells", "Every cell measured",
        [
            new("Keys"), new("Mode"), new("Requests", ColumnKind.Count), new("p50", ColumnKind.Milliseconds), new("p50 CI", ColumnKind.Interval),
            new("p95", ColumnKind.Milliseconds), new("p99", ColumnKind.Milliseconds, "insufficient"),
            new("p99 CI", ColumnKind.Interval), new("p99.9", ColumnKind.Milliseconds, "insufficient"), new("Max", ColumnKind.Milliseconds),
            new("Service level", ColumnKind.Standing, "none"),
        ],
        [
            .. view.Cells.Select(item => new object?[]
            {
                item.Group.Label, RunView.Name(item.Group, item.Cell), item.Cell.Requests, item.Cell.P50Ms, item.Cell.P50Interval,
                item.Cell.P95Ms, item.Cell.P99Ms, item.Cell.P99Interval, item.Cell.P999Ms, item.Cell.MaxMs,
                Sla(item.Cell),
            }),
        ]);

    private static Verdict? Sla(LatencyResult cell) => cell switch
    {
        { SlaP99Ms: null } => null,
        { SlaMet: true } => new Verdict("met", Standing.Good),
        { SlaMet: false } => new Verdict("missed", Standing.Bad),
        _ => new Verdict("undecided", Standing.Warning),
    };
}
