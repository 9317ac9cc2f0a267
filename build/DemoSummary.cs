using System.Globalization;
using Spectre.Console;

namespace LakebaseOps.Build;

/// <summary>The table at the end of the demo; every figure is the run record's.</summary>
internal static class DemoSummary
{
    /// <summary>Prints it.</summary>
    public static void Write(RunRecord run, string output)
    {
        // A log has no width of its own, and 80 columns would break the words of the tables.
        if (Console.IsOutputRedirected)
            AnsiConsole.Profile.Width = 140;
        Table steps = new Table().Border(TableBorder.Rounded).AddColumns("Step", "Result", "Seconds", "What happened");
        steps.Columns[2].RightAligned();
        foreach (WorkflowStepResult step in run.Steps)
            steps.AddRow(Markup.Escape(step.Name), Markup.Escape(step.Status), Number(step.Duration.TotalSeconds, 1), Markup.Escape(Story(step, run)));
        AnsiConsole.Write(steps);

        if (run.Latencies.Count > 0)
        {
            Table latency = new Table().Border(TableBorder.Rounded)
                .AddColumns("Mode", "Keys", "Requests", "p50 ms", "p95 ms", "p99 ms", "Errors", "Trust");
            foreach (LatencyResult cell in run.Latencies)
            {
                latency.AddRow(
                    cell.Mode.ToString(), Markup.Escape(cell.Distribution), Number(cell.Requests, 0), Number(cell.P50Ms, 3),
                    Number(cell.P95Ms, 3), cell.P99Ms is double p99 ? Number(p99, 3) : "insufficient", Number(cell.Errors, 0),
                    Markup.Escape(cell.Trust));
            }

            AnsiConsole.Write(latency);
        }

        AnsiConsole.WriteLine($"{run.Name}: {run.Status} in {Number((run.FinishedAt - run.StartedAt).TotalSeconds, 1)} s. "
            + $"See {Path.Combine(output, "report.html")} and run.json beside it.");
    }

    private static string Story(WorkflowStepResult step, RunRecord run) => step switch
    {
        { Error: string error } => error,
        { Status: not "Passed" } => "",
        _ when step.Results.ContainsKey(nameof(BulkLoadResult)) =>
            $"{Number(run.Loads.Sum(load => load.Rows), 0)} rows into {run.Loads.Count} tables",
        _ when step.Results.ContainsKey(nameof(TableCheck)) =>
            $"{run.Checks.Count} checks: {string.Join(", ", run.Checks.GroupBy(check => check.Status).OrderBy(group => group.Key).Select(group => $"{group.Count()} {group.Key.ToString().ToLowerInvariant()}"))}",
        _ when step.Results.ContainsKey(nameof(CacheState)) =>
            $"{Number(run.Caches.Sum(cache => cache.CachedBytes ?? 0) / 1048576.0, 0)} of {Number(run.Caches.Sum(cache => cache.SizeBytes) / 1048576.0, 0)} MiB in shared buffers",
        _ when step.Results.ContainsKey(nameof(LatencyResult)) =>
            $"{Number(run.Latencies.Sum(cell => cell.Requests), 0)} requests, {Number(run.Latencies.Sum(cell => cell.RowsVerified), 0)} rows verified",
        _ when step.Results.TryGetValue(nameof(SchemaResult), out int tables) => $"{tables} tables",
        _ when step.Results.ContainsKey(nameof(RpcFunctionResult)) => "one function reads all tables",
        _ when step.Results.ContainsKey(nameof(ReportFile)) => "report.html",
        _ => string.Join(", ", step.Results.Select(pair => $"{pair.Value} {pair.Key}")),
    };

    private static string Number(double value, int digits) => value.ToString("N" + digits, CultureInfo.InvariantCulture);
}
