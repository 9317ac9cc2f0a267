using System.Text.Json.Nodes;

namespace LakebaseOps.Tests.Reports;

/// <summary>The report in a real browser, from a file, with the network watched.</summary>
public sealed class ReportInBrowserTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lakebase-page-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task It_opens_without_network_or_error_in_both_themes_and_no_width_overflows()
    {
        string? program = Browser.Find();
        Assert.SkipWhen(program is null, "No Chromium or Chrome on PATH: the report was NOT opened in a browser. Install the package chromium.");
        string full = await PageAsync("full.html", SampleRun.Full()), empty = await PageAsync("empty.html", SampleRun.Empty());
        await using Browser browser = await Browser.StartAsync(program!, Cancel);
        Dictionary<string, string> grounds = [];
        foreach (string page in new[] { full, empty })
        {
            foreach (string scheme in new[] { "light", "dark" })
            {
                foreach (int width in new[] { 1280, 390 })
                {
                    await browser.OpenAsync(page, width, 900, scheme, Cancel);
                    string[] requests = [.. browser.Events.Where(said => (string?)said["method"] == "Network.requestWillBeSent").Select(said => (string)said["params"]!["request"]!["url"]!)];
                    Assert.Equal([new Uri(page).AbsoluteUri], requests);
                    Assert.DoesNotContain(browser.Events, said => (string?)said["method"] is "Runtime.exceptionThrown" or "Log.entryAdded");
                    Assert.Equal(width, (int)(await browser.EvaluateAsync("document.documentElement.scrollWidth", Cancel))!);
                    Assert.Equal("false", (await browser.EvaluateAsync("String(document.querySelector('.tools').hidden)", Cancel))!.ToString());
                    grounds[scheme] = (await browser.EvaluateAsync("getComputedStyle(document.body).backgroundColor", Cancel))!.ToString();
                }
            }
        }

        Assert.NotEqual(grounds["light"], grounds["dark"]);
    }

    [Fact]
    public async Task Theme_modes_tables_and_tips_answer_the_reader()
    {
        string? program = Browser.Find();
        Assert.SkipWhen(program is null, "No Chromium or Chrome on PATH: the report's script was NOT run. Install the package chromium.");
        string page = await PageAsync("full.html", SampleRun.Full());
        await using Browser browser = await Browser.StartAsync(program!, Cancel);
        await browser.OpenAsync(page, 1280, 900, "light", Cancel);
        const string script = """
            (() => {
              const ground = () => getComputedStyle(document.body).backgroundColor;
              const theme = document.getElementById('theme'), light = ground();
              theme.click(); theme.click();
              const dark = ground();
              const mark = document.querySelector('svg.chart .m0 [data-tip]');
              mark.dispatchEvent(new PointerEvent('pointermove', { bubbles: true, clientX: 100, clientY: 100 }));
              const tip = document.querySelector('.tip');
              const said = !tip.hidden && tip.textContent.endsWith(mark.dataset.tip);
              document.querySelector('[data-mode=m0]').click();
              const hidden = getComputedStyle(document.querySelector('svg.chart .m0')).display;
              document.getElementById('tables').click();
              return [light !== dark, said, hidden, [...document.querySelectorAll('details')].every(one => one.open)];
            })()
            """;
        Assert.Equal("[true,true,\"none\",true]", (await browser.EvaluateAsync(script, Cancel))!.ToJsonString());
        Assert.Equal(1280, (int)(await browser.EvaluateAsync("document.documentElement.scrollWidth", Cancel))!);
    }

    [Fact]
    public async Task No_two_labels_of_a_chart_overlap_and_none_leaves_it()
    {
        string? program = Browser.Find();
        Assert.SkipWhen(program is null, "No Chromium or Chrome on PATH: the labels of the charts were NOT measured. Install the package chromium.");
        await using Browser browser = await Browser.StartAsync(program!, Cancel);
        foreach (RunRecord run in new[] { SampleRun.Full(), SampleRun.Full(1, 3, 400), SampleRun.Full(2, 30, 4000) })
        {
            await browser.OpenAsync(await PageAsync("labels.html", run), 1280, 900, "light", Cancel);
            JsonArray clashes = (await browser.EvaluateAsync(Clashes, Cancel))!.AsArray();
            Assert.True(clashes.Count == 0, string.Join("\n", clashes.Take(10)));
        }
    }

    private const string Clashes = """
        (() => {
          const found = [];
          for (const chart of document.querySelectorAll('svg.chart')) {
            const edge = chart.getBoundingClientRect();
            const texts = [...chart.querySelectorAll('text')].filter(text => !text.hasAttribute('transform') && !text.classList.contains('sgn'));
            const boxes = texts.map(text => text.getBoundingClientRect());
            boxes.forEach((box, at) => {
              if (box.right > edge.right + 2 || box.left < edge.left - 2)
                found.push(`${chart.getAttribute('aria-label')}: '${texts[at].textContent}' leaves the chart`);
              for (let other = at + 1; other < boxes.length; other++) {
                const with_ = boxes[other];
                const x = Math.min(box.right, with_.right) - Math.max(box.left, with_.left);
                const y = Math.min(box.bottom, with_.bottom) - Math.max(box.top, with_.top);
                if (x > 1 && y > 3.5)
                  found.push(`${chart.getAttribute('aria-label')}: '${texts[at].textContent}' on '${texts[other].textContent}'`);
              }
            });
          }
          return found;
        })()
        """;

    private async Task<string> PageAsync(string name, RunRecord run)
    {
        string path = Path.Combine(_folder, name);
        await File.WriteAllTextAsync(path, ReportContentTests.Render(run), Cancel);
        return path;
    }
}
