using LakebaseOps.Reports;
using LakebaseOps.Workflows;

namespace LakebaseOps.Tests.Reports;

/// <summary>Export-LakebaseReport: files in, files out, errors.</summary>
public sealed class ExportReportOperationTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lakebase-report-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_run_folder_gets_its_report_and_the_report_can_be_reported_on()
    {
        await RunFile.WriteAsync(At("run.json"), SampleRun.Full(1, 3, 400), Cancel);
        ReportFile page = await ExportAsync(new ExportReportOptions { Path = _folder });
        Assert.Equal(At("report.html"), page.Path);
        Assert.Equal(new FileInfo(page.Path).Length, page.SizeBytes);
        Assert.Equal(Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(await File.ReadAllBytesAsync(page.Path, Cancel))), page.Sha256, ignoreCase: true);
        Assert.True(page.Charts >= 13);

        ReportFile again = await ExportAsync(new ExportReportOptions { Path = page.Path, OutputPath = At("again.html") });
        Assert.Equal(page.Sha256, again.Sha256);
        Assert.Equal("synthetic-0001", again.RunId);
        Assert.Equal(["again.html", "report.html", "run.json"], Directory.GetFiles(_folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Csv_is_a_folder_of_tables_and_markdown_one_file()
    {
        RunRecord run = SampleRun.Full(1, 3, 400);
        RecordingSink csv = await RecordingSink.RunAsync(
            new ExportReportOperation(new ExportReportOptions { InputObject = run, OutputPath = At("tables"), Format = ReportFormat.Csv }), Cancel);
        Assert.Equal(Directory.GetFiles(At("tables")).Length, csv.Of<ReportFile>().Count);
        string[] loads = await File.ReadAllLinesAsync(At("tables/loads.csv"), Cancel);
        Assert.Equal(4, loads.Length);
        Assert.StartsWith("public.client_id_card_fingerprint__fraud_rates__30d,Loaded,20000,", loads[1], StringComparison.Ordinal);

        ReportFile text = await ExportAsync(new ExportReportOptions { InputObject = run, OutputPath = _folder + "/", Format = ReportFormat.Markdown });
        Assert.Equal(At("report.md"), text.Path);
        Assert.Equal(ErrorIds.InvalidArgument, await RefusedAsync(new ExportReportOptions { InputObject = run, OutputPath = At("x.csv"), Format = ReportFormat.Csv }));
    }

    [Fact]
    public async Task A_file_that_exists_is_replaced_only_by_force()
    {
        await File.WriteAllTextAsync(At("report.html"), "mine", Cancel);
        ExportReportOptions options = new() { InputObject = SampleRun.Empty(), OutputPath = At("report.html") };
        Assert.Equal(ErrorIds.FileExists, await RefusedAsync(options));
        Assert.Equal("mine", await File.ReadAllTextAsync(At("report.html"), Cancel));
        await ExportAsync(options with { Force = true });
        Assert.StartsWith("<!DOCTYPE html>", await File.ReadAllTextAsync(At("report.html"), Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Describing_writes_nothing()
    {
        await new ExportReportOperation(new ExportReportOptions { InputObject = SampleRun.Empty(), OutputPath = At("new/report.html") }).DescribeAsync(Cancel);
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public async Task Bad_input_and_bad_output_have_their_own_errors()
    {
        Assert.Equal(ErrorIds.FileNotFound, await RefusedAsync(new ExportReportOptions { Path = At("none.json") }));
        Assert.Equal(ErrorIds.FileNotFound, await RefusedAsync(new ExportReportOptions { Path = At("none.html") }));
        Assert.Equal(ErrorIds.InvalidArgument, await RefusedAsync(new ExportReportOptions()));
        foreach (string text in new[] { "no json", "null", "[]", "{}", "{\"id\":\"x\",\"format\":2}", "{\"id\":\"x\",\"latencies\":[{}]}" })
        {
            await File.WriteAllTextAsync(At("bad.json"), text, Cancel);
            Assert.Equal(ErrorIds.RunRecordInvalid, await RefusedAsync(new ExportReportOptions { Path = At("bad.json") }));
        }

        await File.WriteAllTextAsync(At("file"), "", Cancel);
        Assert.Equal(ErrorIds.PathNotWritable, await RefusedAsync(new ExportReportOptions { InputObject = SampleRun.Empty(), OutputPath = At("file/report.html") }));
        Assert.Equal("", await File.ReadAllTextAsync(At("file"), Cancel));
    }

    [Fact]
    public async Task Lists_set_to_null_by_a_foreign_writer_are_empty_ones()
    {
        await File.WriteAllTextAsync(At("run.json"), "{\"id\":\"x\",\"tables\":null,\"latencies\":null,\"checks\":null}", Cancel);
        Assert.Equal("x", (await ExportAsync(new ExportReportOptions { Path = _folder })).RunId);
    }

    [Fact]
    public void Single_results_make_a_run_with_an_id_of_its_content()
    {
        RunRecord sample = SampleRun.Full(1, 2, 400);
        object[] results = [.. sample.Latencies, .. sample.Loads];
        RunRecord run = RunAssembly.From(results, "0.1.0");
        Assert.Equal(4, run.Latencies.Count);
        Assert.Equal(sample.Loads.Min(load => load.StartedAt), run.StartedAt);
        Assert.Equal(run.Id, RunAssembly.From(results, "0.1.0").Id);
        Assert.NotEqual(run.Id, RunAssembly.From(results[1..], "0.1.0").Id);
        Assert.Equal(ErrorIds.InvalidArgument, Assert.Throws<LakebaseException>(() => RunAssembly.From(["text"], "")).Error.Id);
        Assert.Equal(ErrorIds.InvalidArgument, Assert.Throws<LakebaseException>(() => RunAssembly.From([sample, sample], "")).Error.Id);
    }

    private string At(string name) => Path.Combine(_folder, name);

    private static async Task<ReportFile> ExportAsync(ExportReportOptions options) =>
        Assert.Single((await RecordingSink.RunAsync(new ExportReportOperation(options), Cancel)).Of<ReportFile>());

    private static async Task<string> RefusedAsync(ExportReportOptions options) =>
        (await Assert.ThrowsAsync<LakebaseException>(() => RecordingSink.RunAsync(new ExportReportOperation(options), Cancel))).Error.Id;
}
