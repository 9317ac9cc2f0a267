using System.Globalization;
using LakebaseOps.Reports.Charts;

namespace LakebaseOps.Reports.Sections;

/// <summary>Section 11: why the figures may be believed, and how to get them again.</summary>
internal static class TrustSection
{
    /// <summary>The section.</summary>
    public static ReportSection Build(RunView view)
    {
        RunRecord run = view.Run;
        List<ReportBlock> blocks = [];
        if (run.Checks.Count > 0)
            blocks.AddRange(Checks(run.Checks));
        else
            blocks.Add(new Missing("No table was checked in this run. Test-LakebaseTable checks tables."));
        if (run.Health.Count > 0)
        {
            blocks.Add(new TableBlock(new ReportTable("health", "Health of the server",
                [new("Check"), new("Of"), new("Outcome", ColumnKind.Standing), new("Expected"), new("Found"), new("Remedy")],
                [.. run.Health.Select(health => new object?[] { health.Check, health.Target, new Verdict(health.Status.ToString(), CheckMatrixChart.Of(health.Status)), health.Expected, health.Actual, health.Remedy })])));
        }

        if (run.EndpointChanges.Count > 0)
        {
            blocks.Add(new TableBlock(new ReportTable("endpoint", "What changed of the server while it was measured: the run is invalid",
                [new("Change", ColumnKind.Standing)], [.. run.EndpointChanges.Select(change => new object?[] { new Verdict(change, Standing.Bad) })])));
        }

        if (view.Groups.Count > 0)
        {
            blocks.Add(new TableBlock(Audit(view)));
            blocks.Add(Errors(view));
        }

        blocks.Add(run.Steps.Count > 0
            ? new TableBlock(new ReportTable("steps", "Steps of the workflow",
                [new("Step"), new("Command"), new("Outcome", ColumnKind.Standing), new("Began"), new("Took", ColumnKind.Seconds), new("Error")],
                [.. run.Steps.Select(step => new object?[] { step.Name, step.Command, Outcome(step.Status), Quantity.Time(step.StartedAt), step.Duration.TotalSeconds, step.Error })]))
            : new Missing("The run had no workflow steps."));
        blocks.Add(new TableBlock(Environment(run)));
        blocks.Add(run.Server?.Settings.Count > 0
            ? new TableBlock(new ReportTable("settings", "Server settings that bear on the figures",
                [new("Setting"), new("Value")],
                [.. run.Server.Settings.OrderBy(setting => setting.Key, StringComparer.Ordinal).Select(setting => new object?[] { setting.Key, setting.Value })]))
            : new Missing("The run recorded no server settings."));
        blocks.Add(new Prose(
            "Methods. Times are response times of whole requests. Failed requests are counted and are no latency samples. A percentile is shown from 3.688 samples beyond it on: 368 for p99, 3,688 for p99.9. Confidence intervals are by order statistics. Bytes are in binary units, percentages of requests are shares of those timed. " + RunFit.Note));
        return new ReportSection(11, "trust", "Trust and methods", blocks);
    }

    /// <summary>A status word of a load, an index or a step.</summary>
    public static Verdict Outcome(string status) => new(status, status switch
    {
        "Passed" or "Loaded" or "AlreadyLoaded" or "Built" or "AlreadyValid" or "AlreadyDone" => Standing.Good,
        "Failed" => Standing.Bad,
        _ => Standing.Neutral,
    });

    private static IEnumerable<ReportBlock> Checks(IReadOnlyList<TableCheck> all)
    {
        TableLabels labels = new(all.Select(check => check.Table).Distinct());
        List<string> names = [.. all.Select(check => check.Check).Distinct()];
        ILookup<(string, string), TableCheck> found = all.ToLookup(check => (check.Table, check.Check));
        List<ReportTable> data =
        [
            new ReportTable("checks", "Outcome of every check",
                [new("Table"), .. names.Select(name => new ReportColumn(name))],
                [.. labels.Names.Select(table => (object?[])[table, .. names.Select(name => (object?)found[(table, name)].LastOrDefault()?.Status.ToString())])]),
        ];
        List<TableCheck> notable = [.. all.Where(check => check.Status != CheckStatus.Passed)];
        if (notable.Count > 0)
        {
            data.Add(new ReportTable("checks-not-passed", "Checks that did not pass",
                [new("Table"), new("Check"), new("Outcome", ColumnKind.Standing), new("Expected"), new("Found"), new("Remedy")],
                [.. notable.Select(check => new object?[] { check.Table, check.Check, new Verdict(check.Status.ToString(), CheckMatrixChart.Of(check.Status)), check.Expected, check.Actual, check.Remedy })]));
        }

        yield return new ReportFigure
        {
            Id = "checks",
            Title = "Checks of every table",
            Caption = $"✓ passed, ! warning, ✕ failed, · skipped, empty: not run.{labels.Note}",
            Panels = [CheckMatrixChart.Draw(all, labels, names)],
            Data = data,
        };
    }

    private static ReportTable Audit(RunView view) => new("audit", "Self-audit of every cell",
        [
            new("Keys"), new("Mode"), new("Verdict", ColumnKind.Standing), new("Wrong responses", ColumnKind.Count), new("Errors", ColumnKind.Count),
            new("Warm-up", ColumnKind.Count), new("Warm-up ended"), new("Largest residual", ColumnKind.Microseconds), new("Seed"),
        ],
        [
            .. view.Cells.Select(item => new object?[]
            {
                item.Group.Label, RunView.Name(item.Group, item.Cell),
                item.Cell.Trust.Length == 0 ? null : new Verdict(item.Cell.Trust, item.Cell.Trust == "Trustworthy" ? Standing.Good : item.Cell.InvalidReason is null ? Standing.Warning : Standing.Bad),
                item.Cell.WrongResponses, item.Cell.Errors, item.Cell.WarmUpRequests, item.Cell.WarmUpEnd, item.Cell.LargestResidualUs,
                item.Cell.Seed.ToString(CultureInfo.InvariantCulture),
            }),
        ]);

    private static ReportBlock Errors(RunView view)
    {
        List<object?[]> rows =
        [
            .. view.Cells.SelectMany(item => item.Cell.ErrorsByCode.OrderBy(error => error.Key, StringComparer.Ordinal).Select(error => new object?[]
            {
                item.Group.Label, RunView.Name(item.Group, item.Cell), error.Key, error.Value,
            })),
        ];
        return rows.Count > 0
            ? new TableBlock(new ReportTable("errors", "Failed requests by SQLSTATE or exception", [new("Keys"), new("Mode"), new("Code"), new("Requests", ColumnKind.Count)], rows))
            : new Prose(view.Run.Latencies.Sum(cell => cell.Errors) == 0 ? "No timed request failed." : "Requests failed, and the record does not say with which codes.");
    }

    private static ReportTable Environment(RunRecord run)
    {
        List<object?[]> rows = [["LakebaseOps", run.ToolVersion], ["Run", run.Id]];
        if (run.Client is ClientEnvironment client)
        {
            rows.Add(["Host program", client.Host]);
            rows.Add(["Operating system", client.OperatingSystem]);
            rows.Add(["Runtime", client.Runtime]);
            rows.Add(["Processors", Quantity.Count(client.Processors)]);
            rows.Add(["Memory", Quantity.Bytes(client.MemoryBytes)]);
        }

        if (run.Server is ServerEnvironment server)
        {
            rows.Add(["Server", server.Version]);
            rows.Add(["Server host", server.Host]);
            rows.Add(["Database", server.Database]);
            if (server.Identity.Length > 0)
                rows.Add(["Server identity", server.Identity]);
            if (server.IsInRecovery is bool standby)
                rows.Add(["Role", $"{(standby ? "standby" : "primary")}{(server.Replicas is long replicas ? $", {Quantity.Plural(replicas, "standby", "standbys")} behind it" : "")}"]);
            if (server.StartedAt is DateTimeOffset started)
                rows.Add(["Server started", Quantity.Time(started)]);
        }

        if (run.Client is null)
            rows.Add(["Client", "not recorded"]);
        if (run.Server is null)
            rows.Add(["Server", "not recorded"]);
        return new ReportTable("environment", "Environment", [new("What"), new("Value")], rows);
    }
}
