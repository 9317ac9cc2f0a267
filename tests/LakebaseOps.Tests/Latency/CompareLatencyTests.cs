using LakebaseOps.Latency;
using LakebaseOps.Tests.Latency.Statistics;
using LakebaseOps.Workflows;

namespace LakebaseOps.Tests.Latency;

public sealed class CompareLatencyTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lakebase-compare-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Each_cell_of_both_runs_gets_one_verdict()
    {
        RunRecord baseline = Run("a", Cell(FeatureMode.Batch, 1), Cell(FeatureMode.Serial, 1), Cell(FeatureMode.Union, 1));
        RunRecord run = Run("b", Cell(FeatureMode.Serial, 1.2), Cell(FeatureMode.Batch, 0.8), Cell(FeatureMode.Rpc, 1));
        RecordingSink sink = await RecordingSink.RunAsync(
            new CompareLatencyOperation(new CompareLatencyOptions { InputObject = run, Baseline = baseline, Percentile = [50] }), Cancel);
        Assert.Equal(
            [(FeatureMode.Serial, LatencyVerdict.Slower), (FeatureMode.Batch, LatencyVerdict.Faster), (FeatureMode.Rpc, LatencyVerdict.Missing), (FeatureMode.Union, LatencyVerdict.Missing)],
            sink.Of<LatencyComparison>().Select(one => (one.Mode, one.Verdict)));
        LatencyComparison slower = sink.Of<LatencyComparison>()[0];
        Assert.Equal(("a", "b"), (slower.BaselineRun, slower.Run));
        PercentileComparison median = Assert.Single(slower.Percentiles);
        Assert.InRange(median.Ratio!.Value, 1.15, 1.25);
        Assert.True(median.RatioLow < median.Ratio && median.Ratio < median.RatioHigh && median.Probability < 0.01);
        Assert.True(slower.ShiftProbability < 0.01 && slower.CliffsDelta > 0.15);
    }

    [Fact]
    public async Task A_regression_ends_with_its_own_error_after_all_verdicts()
    {
        CompareLatencyOptions options = new()
        {
            InputObject = Run("b", Cell(FeatureMode.Serial, 1.2), Cell(FeatureMode.Batch, 1)), Percentile = [50], FailOnRegression = true,
            Baseline = Run("a", Cell(FeatureMode.Serial, 1), Cell(FeatureMode.Batch, 1)),
        };
        RecordingSink sink = new();
        LakebaseException failed = await Assert.ThrowsAsync<LakebaseException>(() => new CompareLatencyOperation(options).RunAsync(sink, Cancel));
        Assert.Equal((ErrorIds.LatencyRegression, LakebaseErrorKind.Verification), (failed.Error.Id, failed.Error.Kind));
        Assert.Contains("1 of 2 cells", failed.Message, StringComparison.Ordinal);
        Assert.Equal(2, sink.Of<LatencyComparison>().Count);
        CompareLatencyOptions wrong = options with { InputObject = Run("b", Cell(FeatureMode.Serial, 1) with { WrongResponses = 1 }) };
        Assert.Equal(ErrorIds.LatencyRegression, (await Assert.ThrowsAsync<LakebaseException>(() => CompareAsync(wrong))).Error.Id);
        await CompareAsync(options with { InputObject = Run("b", Cell(FeatureMode.Serial, 0.8)) });
        await CompareAsync(options with { FailOnRegression = false });
    }

    [Fact]
    public async Task Modes_of_one_run_are_compared_round_by_round()
    {
        CompareLatencyOptions options = new() { InputObject = Run("a", Cell(FeatureMode.Serial, 1.3), Cell(FeatureMode.Batch, 1), Cell(FeatureMode.Union, 1)), BaselineMode = FeatureMode.Batch };
        RecordingSink sink = await CompareAsync(options);
        Assert.Equal([FeatureMode.Serial, FeatureMode.Union], sink.Of<LatencyComparison>().Select(one => one.Mode));
        Assert.All(sink.Of<LatencyComparison>(), one => Assert.True(one.IsInterleaved));
        Assert.Equal(LatencyVerdict.Slower, sink.Of<LatencyComparison>()[0].Verdict);
    }

    [Fact]
    public async Task A_mode_measured_twice_in_one_run_is_compared_with_itself_round_by_round()
    {
        RunRecord run = Run("a", Cell(FeatureMode.Batch, 1), Cell(FeatureMode.Union, 1.3), Cell(FeatureMode.Batch, 1.01), Cell(FeatureMode.Batch, 1.3));
        RecordingSink sink = await CompareAsync(new() { InputObject = run, BaselineMode = FeatureMode.Batch, Percentile = [50], Margin = 0.1 });
        Assert.Equal(
            [(FeatureMode.Union, LatencyVerdict.Slower), (FeatureMode.Batch, LatencyVerdict.Same), (FeatureMode.Batch, LatencyVerdict.Slower)],
            sink.Of<LatencyComparison>().Select(one => (one.Mode, one.Verdict)));
        Assert.All(sink.Of<LatencyComparison>(), one => Assert.True(one.IsInterleaved));
    }

    [Fact]
    public async Task Backends_of_one_run_are_compared_mode_by_mode_or_with_one_mode()
    {
        LatencyResult Dynamo(FeatureMode mode, double scale) => Cell(mode, scale) with { Backend = FeatureBackend.DynamoDb };
        RunRecord run = Run("a", Cell(FeatureMode.Batch, 1), Cell(FeatureMode.Wide, 0.5), Dynamo(FeatureMode.Batch, 1.3), Dynamo(FeatureMode.Wide, 0.7));
        RecordingSink byMode = await CompareAsync(new() { InputObject = run, BaselineBackend = FeatureBackend.PostgreSql });
        Assert.Equal(["DynamoDb Batch", "DynamoDb Wide"], byMode.Of<LatencyComparison>().Select(one => one.Name));
        Assert.All(byMode.Of<LatencyComparison>(), one => Assert.Equal((LatencyVerdict.Slower, true), (one.Verdict, one.IsInterleaved)));
        RecordingSink withOne = await CompareAsync(new() { InputObject = run, BaselineBackend = FeatureBackend.PostgreSql, BaselineMode = FeatureMode.Batch });
        Assert.Equal([("Wide", LatencyVerdict.Faster), ("DynamoDb Batch", LatencyVerdict.Slower), ("DynamoDb Wide", LatencyVerdict.Faster)],
            withOne.Of<LatencyComparison>().Select(one => (one.Name, one.Verdict)));
        // Another run's cells of the same mode are no baseline when they came from another backend.
        RecordingSink apart = await CompareAsync(new() { InputObject = run, Baseline = Run("b", Cell(FeatureMode.Batch, 1)) });
        Assert.Equal(["Wide", "DynamoDb Batch", "DynamoDb Wide"], apart.Of<LatencyComparison>().Where(one => one.Verdict == LatencyVerdict.Missing).Select(one => one.Name));
    }

    [Fact]
    public async Task What_cannot_be_compared_is_refused()
    {
        RunRecord run = Run("a", Cell(FeatureMode.Batch, 1));
        CompareLatencyOptions good = new() { InputObject = run, Baseline = run };
        CompareLatencyOptions[] wrong =
        [
            good with { Baseline = null }, good with { BaselineMode = FeatureMode.Batch }, good with { Path = "x" }, good with { Margin = 0 },
            good with { Percentile = [100] }, good with { Baseline = Run("b", Cell(FeatureMode.Rpc, 1)) },
        ];
        foreach (CompareLatencyOptions options in wrong)
            Assert.Equal(ErrorIds.InvalidArgument, (await Assert.ThrowsAsync<LakebaseException>(() => CompareAsync(options))).Error.Id);
        RunRecord damaged = Run("c", Cell(FeatureMode.Batch, 1) with { Rounds = [.. Enumerable.Repeat(new LatencyRound(1, "AAAA"), 5)] });
        Assert.Equal(ErrorIds.RunRecordInvalid, (await Assert.ThrowsAsync<LakebaseException>(() => CompareAsync(good with { Baseline = damaged }))).Error.Id);
    }

    [Fact]
    public async Task A_workflow_step_is_a_gate_against_a_stored_baseline()
    {
        await RunFile.WriteAsync(Path.Combine(_folder, "baseline", RunFile.Name), Run("a", Cell(FeatureMode.Batch, 1)), Cancel);
        await RunFile.WriteAsync(Path.Combine(_folder, "run", RunFile.Name), Run("b", Cell(FeatureMode.Batch, 1.2)), Cancel);
        string file = Path.Combine(_folder, "gate.json");
        await File.WriteAllTextAsync(file, """
            { "name": "gate", "steps": [{ "name": "compare", "command": "Compare-LakebaseLatency",
              "parameters": { "Path": "run", "BaselinePath": "baseline", "Percentile": 50, "FailOnRegression": true } }] }
            """, Cancel);
        await using LakebaseOps.Connections.SessionRegistry sessions = new();
        InvokeWorkflowOperation workflow = new(sessions, new InvokeWorkflowOptions { Path = file, OutputPath = Path.Combine(_folder, "output") });
        LakebaseException failed = await Assert.ThrowsAsync<LakebaseException>(() => workflow.RunAsync(new RecordingSink(), Cancel));
        Assert.Contains(ErrorIds.LatencyRegression, failed.Message, StringComparison.Ordinal);
        RunRecord record = await RunFile.ReadAsync(Path.Combine(_folder, "output"), Cancel);
        Assert.Equal(LatencyVerdict.Slower, Assert.Single(record.Comparisons).Verdict);
    }

    private static Task<RecordingSink> CompareAsync(CompareLatencyOptions options) =>
        RecordingSink.RunAsync(new CompareLatencyOperation(options), Cancel);

    private static RunRecord Run(string id, params LatencyResult[] cells) => new() { Id = id, Latencies = cells };

    private static LatencyResult Cell(FeatureMode mode, double factor)
    {
        SeededRandom random = SeededRandom.For(5, (int)mode, (int)(factor * 100));
        return new Simulation(0, false).Cell(8, 600, factor, ref random) with { Mode = mode };
    }
}
