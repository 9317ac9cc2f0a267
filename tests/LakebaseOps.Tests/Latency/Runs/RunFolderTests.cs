using System.Globalization;
using LakebaseOps.Latency;
using LakebaseOps.Latency.Histograms;
using LakebaseOps.Latency.Runs;
using LakebaseOps.Reports;

namespace LakebaseOps.Tests.Latency.Runs;

public sealed class RunFolderTests(PostgresServer server) : LatencyDatabaseTest(server)
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lakebase-run-").FullName;

    public override ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
        return base.DisposeAsync();
    }

    [Fact]
    public async Task Everything_a_report_needs_comes_back_from_the_folder_and_can_be_recomputed()
    {
        MeasureFeatureLatencyOptions options = Options with
        {
            Mode = [FeatureMode.Batch, FeatureMode.Serial], Distribution = [KeyDistribution.Uniform, KeyDistribution.HotCold], OutputPath = _folder, Seed = 77,
        };
        IReadOnlyList<LatencyResult> measured = await MeasureAsync(options);
        RunRecord run = await ImportAsync();
        Assert.Equal(("Passed", "77", "[\"Batch\",\"Serial\"]"), (run.Status, run.Configuration["seed"], new string([.. run.Configuration["mode"].Where(letter => letter != ' ')])));
        Assert.Equal((true, true), (run.Client!.Processors > 0, run.Server!.Settings.ContainsKey("shared_buffers")));
        Assert.Equal(4, run.Latencies.Select(cell => cell.Tag).Distinct().Count());
        string html = HtmlReport.Write(ReportBuilder.Build(run with { Id = "x" }));
        Assert.Equal(html, HtmlReport.Write(ReportBuilder.Build(run with { Id = "x", Latencies = measured })));

        using StreamReader text = new(Path.Combine(_folder, RunFolder.LogName));
        ILookup<string, HistogramLine> lines = HistogramLog.Read(text).ToLookup(line => line.Tag);
        string[][] rows = [.. File.ReadLines(Path.Combine(_folder, RunFolder.ComponentsName)).Skip(1).Select(line => line.Split(','))];
        foreach ((LatencyResult cell, LatencyResult imported) in measured.Zip(run.Latencies))
        {
            LatencyHistogram all = new();
            foreach (HistogramLine line in lines[cell.Tag])
                all.Add(line.Histogram);
            double most = lines[cell.Tag].Max(line => line.Max) / 1e6;
            Assert.Equal(cell.Requests, all.Count);
            Assert.Equal(cell.MaxMs, most);
            Assert.Equal((cell.P50Ms, cell.P95Ms), (all.ValueAt(0.5) / 1e6, Math.Min(most, all.ValueAt(0.95) / 1e6)));
            Assert.Equal(cell.Histogram, imported.Histogram);
            Assert.Equal(cell.Rounds, imported.Rounds);
            Assert.Equal(cell.Intervals.Select(at => (at.Requests, at.P50Ms, at.P99Ms, at.MaxMs)), imported.Intervals.Select(at => (at.Requests, at.P50Ms, at.P99Ms, at.MaxMs)));
            Assert.All(cell.Intervals.Zip(imported.Intervals), pair => Assert.Equal(pair.First.AtSeconds, pair.Second.AtSeconds, 1e-5));

            double[][] samples = [.. rows.Where(row => row[0] == cell.Tag).Select(row => row[3..].Select(value => double.Parse(value, CultureInfo.InvariantCulture)).ToArray())];
            Assert.Equal(cell.Requests, samples.Length);
            Assert.All(samples, parts => Assert.Equal(parts[0], parts[1..].Sum(), 0.01));
            foreach (LatencyComponent component in cell.Components)
            {
                int part = (int)Enum.Parse<RequestPart>(component.Name);
                Assert.Equal(component.MeanUs, samples.Average(parts => parts[part + 1]), 0.01);
                double[][] sorted = [.. samples.OrderBy(parts => parts[0])];
                Assert.Equal(component.SlowestUs, sorted[^4..].Average(parts => parts[part + 1]), 0.01);
            }
        }
    }

    [Fact]
    public async Task A_run_is_not_replaced_by_accident_and_a_log_of_another_run_is_refused()
    {
        await MeasureOneAsync(Options with { OutputPath = _folder });
        string log = Path.Combine(_folder, RunFolder.LogName);
        string first = await File.ReadAllTextAsync(log, Cancel);
        LakebaseException refused = await Assert.ThrowsAsync<LakebaseException>(() => MeasureAsync(Options with { OutputPath = _folder }));
        Assert.Equal(ErrorIds.FileExists, refused.Error.Id);
        Assert.Equal(first, await File.ReadAllTextAsync(log, Cancel));

        await MeasureOneAsync(Options with { OutputPath = _folder, Force = true, Requests = 401 });
        Assert.Equal(401, Assert.Single((await ImportAsync()).Latencies).Requests);
        await File.WriteAllTextAsync(log, first, Cancel);
        LakebaseException mixed = await Assert.ThrowsAsync<LakebaseException>(ImportAsync);
        Assert.Equal(ErrorIds.RunRecordInvalid, mixed.Error.Id);
        Assert.Contains("are not those of run.json", mixed.Message, StringComparison.Ordinal);
        await File.WriteAllTextAsync(log, first[..^30], Cancel);
        Assert.Equal(ErrorIds.RunRecordInvalid, (await Assert.ThrowsAsync<LakebaseException>(ImportAsync)).Error.Id);
        File.Delete(log);
        Assert.Single((await ImportAsync()).Latencies);
    }

    private async Task<RunRecord> ImportAsync() => Assert.Single(
        (await RecordingSink.RunAsync(new ImportRunOperation(new ImportRunOptions { Path = [_folder] }), Cancel)).Of<RunRecord>());
}
