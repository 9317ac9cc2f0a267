using System.CommandLine;
using System.Globalization;
using LakebaseOps.Workflows;

namespace LakebaseOps.Build;

/// <summary>Target "demo": the whole job on a private server, from nothing to a report.</summary>
internal static class DemoTarget
{
    /// <summary>Scale of the fraud workload that makes about three million rows in its 30 tables.</summary>
    private const double SmallScale = 3_000_000 / 15_610_000_000.0;

    public static Command Command()
    {
        Option<string> output = new("--output")
        {
            Description = "Folder for run.json and report.html.",
            DefaultValueFactory = _ => Repository.At("output", "demo"),
        };
        Option<double> scale = new("--scale")
        {
            Description = "Size: 1 is about 3 million rows in all, 10 about 30 million.",
            DefaultValueFactory = _ => 1,
        };
        Option<bool> runner = new("--runner") { Description = "Use the Runner even where PowerShell is found." };
        Command command = new("demo", "Run the whole job on the 30-table fraud workload and write a report.") { output, scale, runner };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            Path.GetFullPath(parsed.GetValue(output)!), parsed.GetValue(scale), parsed.GetValue(runner), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(string output, double scale, bool useRunner, CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<string, string> server = await ServerBinaries.EnvironmentAsync(cancellationToken);
        string part = (scale * SmallScale).ToString("R", CultureInfo.InvariantCulture);
        string workflow = Repository.At("module", "samples", "fraud-demo.json");
        DateTimeOffset started = DateTimeOffset.UtcNow;
        int exit = !useRunner && Tool.Exists("pwsh")
            ? await InPowerShellAsync(workflow, output, part, server, cancellationToken)
            : await InRunnerAsync(workflow, output, part, server, cancellationToken);

        string file = Path.Combine(output, RunFile.Name);
        if (!File.Exists(file))
            return exit == 0 ? 1 : exit;
        RunRecord run = await RunFile.ReadAsync(file, CancellationToken.None);
        if (run.StartedAt < started)
            return exit == 0 ? 1 : exit;
        DemoSummary.Write(run, output);
        return exit != 0 ? exit : run.Status == "Passed" ? 0 : 1;
    }

    private static async Task<int> InPowerShellAsync(
        string workflow, string output, string scale, IReadOnlyDictionary<string, string> server, CancellationToken cancellationToken)
    {
        int built = await ModuleTarget.RunAsync(cancellationToken);
        return built != 0 ? built : await Tool.RunAsync(
            "pwsh",
            [
                "-NoProfile", "-NonInteractive", "-File", Repository.At("module", "samples", "Invoke-FraudDemo.ps1"),
                "-WorkflowPath", workflow, "-OutputPath", output, "-Scale", scale,
            ],
            cancellationToken,
            server);
    }

    private static async Task<int> InRunnerAsync(
        string workflow, string output, string scale, IReadOnlyDictionary<string, string> server, CancellationToken cancellationToken)
    {
        Console.WriteLine("PowerShell was not found or not wanted: the demo runs in the Runner.");
        int built = await Tool.BuildAsync(analyze: false, cancellationToken, "src", "LakebaseOps.Runner");
        return built != 0 ? built : await Tool.RunAsync(
            Tool.Built("LakebaseOps.Runner", "Release"),
            ["run", workflow, "--output", output, "--set", $"scale={scale}", "--restart"],
            cancellationToken,
            server);
    }
}
