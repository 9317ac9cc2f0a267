using System.Text.Json;
using LakebaseOps.Reports;
using LakebaseOps.Reports.Charts;
using LakebaseOps.Workflows;

namespace LakebaseOps.Tests.Reports;

/// <summary>The data in the page, the other formats, and the arithmetic behind the charts.</summary>
public sealed class ReportDataTests
{
    [Fact]
    public void A_run_is_read_back_from_its_page_as_it_was()
    {
        // Few enough samples that nothing is merged.
        RunRecord run = SampleRun.Full(2, 5, 250);
        RunRecord read = ReportReader.Extract("page", ReportContentTests.Render(run));
        Assert.Equal(Text(run), Text(read));
    }

    [Fact]
    public void A_report_of_a_report_is_the_same_report()
    {
        string first = ReportContentTests.Render(SampleRun.Full());
        Assert.Equal(first, ReportContentTests.Render(ReportReader.Extract("page", first)));
    }

    [Fact]
    public void Merging_keeps_every_sample_and_every_spike()
    {
        LatencyResult cell = SampleCell.Create(FeatureMode.Serial, "Uniform", 0, 50_000);
        LatencyResult longer = cell with { Intervals = [.. Enumerable.Range(0, 5000).Select(at => new LatencyInterval(at, 10, 1, 2, at == 777 ? 99 : 3))] };
        LatencyResult fitted = RunFit.Of(SampleRun.Empty() with { Latencies = [longer] }).Latencies[0];
        Assert.True(fitted.Histogram.Count < longer.Histogram.Count);
        Assert.Equal(50_000, fitted.Histogram.Sum(bucket => bucket.Count));
        Assert.InRange(fitted.Intervals.Count, 1, 180);
        Assert.Equal(99, fitted.Intervals.Max(at => at.MaxMs));
        Assert.Equal(50_000, fitted.Intervals.Sum(at => at.Requests));
        double exact = Percentiles.At(Percentiles.Cumulative(longer), 0.99), merged = Percentiles.At(Percentiles.Cumulative(fitted), 0.99);
        Assert.InRange(merged / exact, 1, 1 + RunFit.BucketWidths[^1]);
    }

    [Fact]
    public void Data_that_were_changed_after_the_export_are_refused()
    {
        string page = ReportContentTests.Render(SampleRun.Empty()).Replace("\"id\":\"empty-0001\"", "\"id\":\"empty-0002\"", StringComparison.Ordinal);
        Assert.Equal(ErrorIds.RunRecordInvalid, Assert.Throws<LakebaseException>(() => ReportReader.Extract("page", page)).Error.Id);
        Assert.Equal(ErrorIds.RunRecordInvalid, Assert.Throws<LakebaseException>(() => ReportReader.Extract("page", "<html></html>")).Error.Id);
    }

    [Fact]
    public void Percentiles_of_the_chart_are_those_of_the_histogram()
    {
        LatencyResult cell = SampleCell.Create(FeatureMode.Batch, "Uniform", 0, 20_000);
        IReadOnlyList<(double Share, double Ms)> cumulative = Percentiles.Cumulative(cell);
        Assert.InRange(Percentiles.At(cumulative, 0.5) / cell.P50Ms, 0.999, 1.002);
        Assert.InRange(Percentiles.At(cumulative, 0.99) / cell.P99Ms!.Value, 0.999, 1.002);
        Assert.InRange(Percentiles.At(cumulative, 1) / cell.MaxMs, 0.999, 1.002);
        double[] shares = Percentiles.Between(cell, [.. Enumerable.Range(0, 80).Select(edge => edge * 0.1)]);
        Assert.Equal(1, shares.Sum(), 9);
        Assert.Equal(0.99, Percentiles.Supported(369), 2);
    }

    [Fact]
    public void Ticks_are_round_and_cover_the_axis()
    {
        Assert.Equal([0, 0.2, 0.4, 0.6, 0.8, 1], LinearScale.FromZero(0.97, 0, 100).Ticks(5));
        Assert.Equal([1, 2, 5, 10], new LogScale(0.9, 11, 0, 100).Ticks(4));
        Assert.Equal([0, 60, 120, 180, 240], TimeScale.Covering(230, 0, 100, 5).Ticks(5));
        Assert.Equal("2 min", TimeScale.Covering(230, 0, 100, 5).Label(120));
        Assert.Equal(50, new LogScale(1, 100, 0, 100).Map(10), 6);
    }

    [Theory]
    [InlineData(0.0341, "0.0341 ms")]
    [InlineData(12.345, "12.3 ms")]
    [InlineData(1234.5, "1,234 ms")]
    [InlineData(0, "0 ms")]
    public void Milliseconds_have_three_significant_digits(double value, string text) => Assert.Equal(text, Quantity.Ms(value));

    [Fact]
    public void Shares_do_not_round_to_all_or_nothing()
    {
        // What rounds to nothing has no sign.
        Assert.Equal(("0", "0.000000", "0.000000"), (Quantity.Tick(-0.0), Quantity.Significant(-1e-9), Quantity.Significant(1e-9)));
        Assert.Equal("0", Quantity.Tick(-1e-9));
        Assert.False(double.IsNegative(LakebaseOps.Latency.Runs.RunLog.AtSeconds(-2e-7)));
        Assert.Equal("100 %", Quantity.Share(1));
        Assert.Equal("> 99.999 %", Quantity.Share(0.9999999));
        Assert.Equal("< 0.001 %", Quantity.Share(0.0000001));
        Assert.Equal("0 %", Quantity.Share(0));
        Assert.Equal("1 MiB", Quantity.Bytes(1_048_576));
        Assert.Equal("1.5 GiB", Quantity.Bytes(1_610_612_736));
        Assert.Equal("6 min 30 s", Quantity.Seconds(390));
    }

    [Fact]
    public void Csv_is_unrounded_quoted_and_harmless_to_spreadsheets()
    {
        ReportTable table = new("t", "T", [new("Name"), new("p50", ColumnKind.Milliseconds), new("CI", ColumnKind.Interval)],
            [["a,\"b\"", 0.123456789, new ConfidenceInterval(1, 2)], ["=1+1", null, null]]);
        Assert.Equal("Name,p50 (ms),CI low (ms),CI high (ms)\r\n\"a,\"\"b\"\"\",0.123456789,1,2\r\n'=1+1,,,\r\n", CsvReport.Write(table));
    }

    [Fact]
    public void Markdown_holds_the_same_tables()
    {
        ReportDocument document = ReportBuilder.Build(SampleRun.Full(1, 3, 4000));
        string text = MarkdownReport.Write(document);
        Assert.All(document.Tables, table => Assert.Contains($"**{table.Title}**", text, StringComparison.Ordinal));
        Assert.Contains(@"| public.client\_id\_card\_fingerprint\_\_fraud\_rates\_\_30d |", text, StringComparison.Ordinal);
    }

    private static string Text(RunRecord run) => JsonSerializer.Serialize(run, RunFile.Json);
}
