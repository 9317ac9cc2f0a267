using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using LakebaseOps.Reports;

namespace LakebaseOps.Tests.Reports;

/// <summary>What an HTML report holds, and that all of it comes from the run.</summary>
public sealed partial class ReportContentTests
{
    private static readonly RunRecord Sample = SampleRun.Full();
    private static readonly string Html = Render(Sample);

    [Fact]
    public void The_same_run_gives_the_same_bytes() => Assert.Equal(Html, Render(SampleRun.Full()));

    [Fact]
    public void Four_modes_on_three_distributions_and_thirty_tables_stay_under_500_KB() =>
        Assert.InRange(Encoding.UTF8.GetByteCount(Html), 50_000, 500_000);

    [Fact]
    public void Every_drawing_is_well_formed_and_has_title_and_description()
    {
        List<XElement> drawings = [.. Drawing().Matches(Html).Select(match => XDocument.Parse(match.Value).Root!)];
        XNamespace svg = "http://www.w3.org/2000/svg";
        List<XElement> charts = [.. drawings.Where(drawing => (string?)drawing.Attribute("class") == "chart")];
        Assert.True(charts.Count >= 40, $"{charts.Count} charts");
        Assert.All(charts, chart =>
        {
            Assert.NotEqual("", chart.Element(svg + "title")!.Value);
            Assert.NotEqual("", chart.Element(svg + "desc")!.Value);
        });
        List<string> ids = [.. Id().Matches(Html).Select(match => match.Groups[1].Value)];
        Assert.Equal(ids.Count, ids.Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void Every_chart_of_the_design_is_there_with_its_figures_in_a_table()
    {
        List<string> figures = [.. Figure().Matches(Html).Select(match => match.Value)];
        Assert.All(figures, figure => Assert.Matches("<details><summary>.*<table", figure.ReplaceLineEndings(" ")));
        Assert.Equal(
            [
                "sizes", "nines", "spread", "bands", "parts", "waterfall", "floor", "rate", "skew-figure", "cache", "modes", "phases", "load-rate",
                "indexes", "checks",
            ],
            figures.Select(figure => Id().Match(figure).Groups[1].Value));
    }

    [Fact]
    public void The_security_policy_allows_only_the_pages_own_style_and_script()
    {
        string policy = Policy().Match(Html).Groups[1].Value;
        Assert.StartsWith("default-src 'none';", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.Contains($"script-src {Hash(Script().Match(Html).Groups[1].Value)}", policy, StringComparison.Ordinal);
        Assert.Contains($"style-src {Hash(Style().Match(Html).Groups[1].Value)}", policy, StringComparison.Ordinal);
        Assert.DoesNotContain(" style=", Html, StringComparison.Ordinal);
        Assert.InRange(Encoding.UTF8.GetByteCount(Script().Match(Html).Groups[1].Value), 1, 15_000);
    }

    [Fact]
    public void Nothing_is_fetched_from_anywhere()
    {
        string page = Html.Replace("xmlns=\"http://www.w3.org/2000/svg\"", "", StringComparison.Ordinal);
        Assert.DoesNotContain("http://", page, StringComparison.Ordinal);
        Assert.DoesNotContain("https://", page, StringComparison.Ordinal);
        Assert.DoesNotMatch(@"\ssrc=|@import|url\(", page);
        Assert.All(Reference().Matches(page), link => Assert.StartsWith("#", link.Groups[1].Value, StringComparison.Ordinal));
    }

    [Fact]
    public void Figures_in_tiles_and_tables_follow_the_record()
    {
        LatencyResult best = Sample.Latencies.First(cell => cell.Mode == FeatureMode.Rpc);
        RunRecord Changed(Func<LatencyResult, LatencyResult> change) =>
            Sample with { Latencies = [.. Sample.Latencies.Select(cell => ReferenceEquals(cell, best) ? change(cell) : cell)] };

        Assert.Contains("<dd>7.77 ms</dd>", Render(Changed(cell => cell with { P50Ms = 7.7701 })), StringComparison.Ordinal);
        Assert.Contains("<td>8.88 ms", Render(Changed(cell => cell with { P95Ms = 8.8801 })), StringComparison.Ordinal);
        Assert.Contains("54,321/s", Render(Changed(cell => cell with { RequestsPerSecond = 54_321 })), StringComparison.Ordinal);
        Assert.Contains("95 % CI 0.111 – 0.222 ms", Render(Changed(cell => cell with { P50Interval = new ConfidenceInterval(0.111, 0.222) })), StringComparison.Ordinal);
        Assert.Contains("4.44 ms", Render(Changed(cell => cell with { Median = cell.Median! with { TotalUs = 4440 } })), StringComparison.Ordinal);
        Assert.Contains("Loaded", Html, StringComparison.Ordinal);
        Assert.Contains("123,456,789", Render(Sample with { Tables = [new TableFacts("t", 123_456_789, 1, 1)] }), StringComparison.Ordinal);
        Assert.Contains(">42P01<", Render(Changed(cell => cell with { Errors = 1, ErrorsByCode = new Dictionary<string, long> { ["42P01"] = 1 } })), StringComparison.Ordinal);
    }

    [Fact]
    public void Backends_of_one_mode_are_told_apart_by_name_and_look()
    {
        LatencyResult own = Sample.Latencies.First(cell => cell.Mode == FeatureMode.Batch);
        string page = Render(SampleRun.Empty() with { Latencies = [own with { Backend = FeatureBackend.DynamoDb }, own] });
        Assert.Equal(["m1", "m8"], Chip().Matches(page).Select(match => match.Groups[1].Value));
        Assert.Contains(">DynamoDb Batch<", page, StringComparison.Ordinal);
        Assert.DoesNotContain("Batch #", page, StringComparison.Ordinal);
    }

    [Fact]
    public void A_service_level_is_met_missed_or_undecided_as_the_cells_say()
    {
        LatencyResult cell = Sample.Latencies[1];
        string Sla(LatencyResult only) => Tile().Match(Render(SampleRun.Empty() with { Latencies = [only] })).Groups[1].Value;
        Assert.Equal("Met", Sla(cell with { SlaP99Ms = 1000 }));
        Assert.Equal("Missed", Sla(cell with { SlaP99Ms = 0.001 }));
        Assert.Equal("Undecided", Sla(cell with { P99Ms = null }));
        Assert.Equal("None asked for", Sla(cell with { SlaP99Ms = null }));
    }

    [Fact]
    public void Checks_that_were_skipped_are_counted_apart_and_blame_nobody()
    {
        TableCheck check = Sample.Checks[0];
        (string Sign, string Text) Checks(params CheckStatus[] all)
        {
            Match tile = ChecksTile().Match(Render(SampleRun.Empty() with { Checks = [.. all.Select(one => check with { Status = one })] }));
            return (tile.Groups[1].Value, tile.Groups[2].Value);
        }

        (string good, string text) = Checks(CheckStatus.Passed, CheckStatus.Passed);
        Assert.Equal("2 of 2", text);
        Assert.Equal((good, "2 of 2"), Checks(CheckStatus.Passed, CheckStatus.Skipped, CheckStatus.Passed));
        Assert.NotEqual(good, Checks(CheckStatus.Skipped).Sign);
        Assert.NotEqual(good, Checks(CheckStatus.Passed, CheckStatus.Warning).Sign);
    }

    [Fact]
    public void What_is_missing_is_said_and_not_drawn()
    {
        string page = Render(SampleRun.Empty());
        Assert.DoesNotContain("class=\"chart\"", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<figure", page, StringComparison.Ordinal);
        foreach (int section in Enumerable.Range(1, 10))
            Assert.Contains("class=\"missing\"", Section(page, section), StringComparison.Ordinal);
        Assert.Contains("not recorded", Section(page, 11), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no histogram")]
    [InlineData("one sample")]
    [InlineData("no parts")]
    [InlineData("all the same")]
    [InlineData("one interval")]
    public void Cells_with_less_than_everything_still_make_a_report(string shape)
    {
        LatencyResult cell = Sample.Latencies[0];
        cell = shape switch
        {
            "no histogram" => cell with { Histogram = [] },
            "one sample" => new LatencyResult { Mode = FeatureMode.Batch, Distribution = "Uniform", Loop = "closed loop", Requests = 1, P50Ms = 1, Histogram = [new HistogramBucket(1000, 1)] },
            "no parts" => cell with { Components = [], Median = null, Slowest = [], FloorP50Ms = 0 },
            "all the same" => cell with { Histogram = [new HistogramBucket(1000, 500)] },
            _ => cell with { Intervals = [cell.Intervals[0]] },
        };
        string page = Render(SampleRun.Empty() with { Latencies = [cell] });
        Assert.All(Drawing().Matches(page), drawing => XDocument.Parse(drawing.Value));
        Assert.DoesNotContain("NaN", page, StringComparison.Ordinal);
    }

    [Fact]
    public void A_number_that_is_not_finite_fails_the_export()
    {
        RunRecord broken = SampleRun.Empty() with { Latencies = [Sample.Latencies[0] with { P50Ms = double.NaN }] };
        LakebaseException refused = Assert.Throws<LakebaseException>(() => Render(broken));
        Assert.Equal(ErrorIds.ReportIncomplete, refused.Error.Id);
    }

    [Fact]
    public void Text_from_the_data_stays_text()
    {
        const string odd = "public.\"a<b>&'; \u0001\"\"</script><script>alert(1)</script>{{data}}";
        RunRecord run = SampleRun.Full(1, 2, 400) with
        {
            Name = odd,
            Tables = [new TableFacts(odd, 1, 1, 1)],
            Loads = [new BulkLoadResult { Table = odd, Status = "Loaded", RowsPerSecond = 1, Phases = [new PhaseDuration(odd, SampleRun.Start, TimeSpan.FromSeconds(1))] }],
            Indexes = [new IndexBuildResult { Table = odd, Index = odd, Status = odd }],
            Checks = [new TableCheck { Table = odd, Check = odd, Status = CheckStatus.Failed, Expected = odd, Actual = odd }],
            Caches = [new CacheState { Table = odd, Relation = odd, Kind = "Heap", SizeBytes = 1, CachedBytes = 1, Evidence = odd }],
            Server = new ServerEnvironment { Version = odd, Settings = new Dictionary<string, string> { [odd] = odd } },
        };
        run = run with { Latencies = [.. run.Latencies.Select(cell => cell with { Distribution = odd, Trust = odd, Slowest = [new LatencyExemplar { Key = odd, PartsUs = new Dictionary<string, double> { [odd] = 1 } }] })] };
        string page = Render(run);
        Assert.DoesNotContain("<script>alert", page, StringComparison.Ordinal);
        Assert.Equal(2, Regex.Count(page, "<script"));
        Assert.All(Drawing().Matches(page), drawing => XDocument.Parse(drawing.Value));
        Assert.Equal(odd, ReportReader.Extract("page", page).Tables[0].Table);
    }

    [Fact]
    public void A_token_without_value_and_a_value_without_token_both_fail()
    {
        Assert.Equal("a1{{b}}", Template.Fill("a{{x}}", new Dictionary<string, string> { ["x"] = "1{{b}}" }));
        Assert.Equal(ErrorIds.ReportIncomplete, Assert.Throws<LakebaseException>(() => Template.Fill("{{x}}", new Dictionary<string, string>())).Error.Id);
        Assert.Equal(ErrorIds.ReportIncomplete, Assert.Throws<LakebaseException>(() => Template.Fill("", new Dictionary<string, string> { ["x"] = "" })).Error.Id);
    }

    internal static string Render(RunRecord run) => HtmlReport.Write(ReportBuilder.Build(run));

    private static string Section(string page, int number) =>
        page.Split("<section ")[number].Contains($"class=\"no\">{number.ToString(CultureInfo.InvariantCulture)}<", StringComparison.Ordinal) ? page.Split("<section ")[number] : "";

    private static string Hash(string text) => $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}'";

    [GeneratedRegex("<svg.*?</svg>", RegexOptions.Singleline)]
    private static partial Regex Drawing();

    [GeneratedRegex("<figure.*?</figure>", RegexOptions.Singleline)]
    private static partial Regex Figure();

    [GeneratedRegex(" id=\"([^\"]+)\"")]
    private static partial Regex Id();

    [GeneratedRegex("http-equiv=\"Content-Security-Policy\" content=\"([^\"]+)\"")]
    private static partial Regex Policy();

    [GeneratedRegex("<script>(.*?)</script>", RegexOptions.Singleline)]
    private static partial Regex Script();

    [GeneratedRegex("<style>(.*?)</style>", RegexOptions.Singleline)]
    private static partial Regex Style();

    [GeneratedRegex("href=\"([^\"]*)\"")]
    private static partial Regex Reference();

    [GeneratedRegex("data-mode=\"(m[0-9])\"")]
    private static partial Regex Chip();

    [GeneratedRegex("<dt>Checks passed</dt><dd>(?:<span[^>]*>(.)</span> )?([^<]*)</dd>")]
    private static partial Regex ChecksTile();

    [GeneratedRegex("<dt>Service level</dt><dd>(?:<span[^>]*>.</span> )?([^<]*)</dd>")]
    private static partial Regex Tile();
}
