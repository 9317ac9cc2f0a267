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
        Assert.InRange(System.Text.Encoding.UTF8.GetByteCount(Html), 50_000, 500_000);

    [Fact]
    public void Every_drawing_is_well_formed_and_has_title_and_description()
    {
        List<XElement> drawings = [.. Drawing().Matches(Html).Select(match => XDocument.Parse(match.Value).Root!)];
        Assert.NotEmpty(drawings);
        XNamespace svg = "http://www.w3.org/2000/svg";
        foreach (XElement drawing in drawings.Where(drawing => (string?)drawing.Attribute("class") == "chart"))
        {
            Assert.NotEqual("", drawing.Element(svg + "title")!.Value);
            Assert.NotEqual("", drawing.Element(svg + "desc")!.Value);
        }
    }

    [Fact]
    public void Every_figure_has_its_data_as_a_table() =>
        Assert.All(Figure().Matches(Html), figure => Assert.Contains("<details><summary>", figure.Value, StringComparison.Ordinal));

    internal static string Render(RunRecord run) => HtmlReport.Write(ReportBuilder.Build(run));

    [GeneratedRegex("<svg.*?</svg>", RegexOptions.Singleline)]
    private static partial Regex Drawing();

    [GeneratedRegex("<figure.*?</figure>", RegexOptions.Singleline)]
    private static partial Regex Figure();
}
