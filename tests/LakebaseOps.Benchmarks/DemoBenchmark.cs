using System.Globalization;
using LakebaseOps.Connections;
using LakebaseOps.Operations;
using LakebaseOps.Workflows;

namespace LakebaseOps.Benchmarks;

/// <summary>Times the phases of the demo's workflow, each round on a new private server.</summary>
internal sealed class DemoBenchmark : Benchmark
{
    private const double FullScale = 3_000_000 / 15_610_000_000.0;

    /// <inheritdoc />
    public override string Name => "demo";

    /// <inheritdoc />
    public override async Task<BenchmarkResult> RunAsync(BenchmarkOptions options, CancellationToken cancellationToken)
    {
        double scale = (options.Quick ? FullScale / 10 : FullScale) * options.Rows;
        List<RunRecord> rounds = [];
        for (int round = 0; round < (options.Quick ? 2 : 3); round++)
            rounds.Add(await RoundAsync(scale, cancellationToken));

        List<Comparison> comparisons = [];
        foreach (string step in rounds[0].Steps.Select(step => step.Name))
            comparisons.Add(Comparison.Figure($"phase {step}", "s", [.. rounds.Select(run => run.Steps.Single(one => one.Name == step).Duration.TotalSeconds)]));
        comparisons.Add(Comparison.Figure("whole workflow", "s", [.. rounds.Select(run => (run.FinishedAt - run.StartedAt).TotalSeconds)], atMost: 180));
        foreach (FeatureMode mode in rounds[0].Latencies.Select(cell => cell.Mode).Distinct().Where(mode => mode != FeatureMode.Serial))
        {
            comparisons.Add(Comparison.Against(
                $"p50 of {mode} against Serial", "ms", Medians(rounds, mode), Medians(rounds, FeatureMode.Serial), atMost: 1));
        }

        return new BenchmarkResult(comparisons);
    }

    private static double[] Medians(IEnumerable<RunRecord> rounds, FeatureMode mode) =>
        [.. rounds.Select(run => run.Latencies.First(cell => cell.Mode == mode).P50Ms)];

    private static async Task<RunRecord> RoundAsync(double scale, CancellationToken cancellationToken)
    {
        string output = Directory.CreateTempSubdirectory("lakebaseops-bench-").FullName;
        try
        {
            await using SessionRegistry sessions = new();
            InvokeWorkflowOperation workflow = new(sessions, new InvokeWorkflowOptions
            {
                Path = Sample("fraud-demo.json"),
                OutputPath = output,
                Variable = new Dictionary<string, string> { ["scale"] = scale.ToString("R", CultureInfo.InvariantCulture) },
            });
            OperationPump.Run(workflow, new QuietOutput(), cancellationToken);
            return await RunFile.ReadAsync(output, cancellationToken);
        }
        finally
        {
            Directory.Delete(output, recursive: true);
        }
    }

    private static string Sample(string name)
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "LakebaseOps.psd1")))
            folder = folder.Parent;
        return Path.Combine(folder?.FullName ?? ".", "module", "samples", name);
    }

    private sealed class QuietOutput : IPumpOutput
    {
        public void Emit(object result)
        {
        }

        public void Report(OperationProgress progress)
        {
        }

        public void Trace(string message)
        {
        }

        public void Warn(string message) => Console.Error.WriteLine(message);

        public void Milestone(string message) => Console.Error.WriteLine(message);

        public void Fail(LakebaseError error) => Console.Error.WriteLine(error);
    }
}
