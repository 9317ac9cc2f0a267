using System.Globalization;
using System.Text;
using LakebaseOps.Latency;
using LakebaseOps.Reports.Charts;

namespace LakebaseOps.Reports;

/// <summary>Writes a report as one page that needs nothing but itself.</summary>
internal static class HtmlReport
{
    /// <summary>The page.</summary>
    public static string Write(ReportDocument document)
    {
        string style = Template.Asset("report.css"), script = Template.Asset("report.js"), data = RunData.Write(document.Run);
        StringBuilder contents = new(), sections = new();
        foreach (ReportSection section in document.Sections)
        {
            contents.Append(CultureInfo.InvariantCulture,
                $"<li><a href=\"#{section.Id}\"><span class=\"no\">{section.Number}</span> {Markup.Escape(section.Title)}</a></li>\n");
            Section(sections, section);
        }

        IEnumerable<BackendMode> modes = document.Run.Latencies.Select(BackendMode.Of).Distinct().Order();
        return Template.Fill(Template.Asset("report.html"), new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["policy"] = $"default-src 'none'; style-src {Hashes.Policy(style)}; script-src {Hashes.Policy(script)}; base-uri 'none'; form-action 'none'",
            ["version"] = Markup.Escape(document.Run.ToolVersion),
            ["title"] = Markup.Escape(document.Title),
            ["subtitle"] = Markup.Escape(Subtitle(document.Run)),
            ["style"] = style,
            ["contents"] = contents.ToString(),
            ["modes"] = string.Concat(Legend.Modes(modes).Select(entry =>
                $"<button type=\"button\" class=\"chip\" aria-pressed=\"true\" data-mode=\"{entry.Class.Split(' ')[1]}\">{entry.Swatch}{entry.Text}</button>")),
            ["sections"] = sections.ToString(),
            ["digest"] = Hashes.Hex(data),
            ["data"] = data,
            ["script"] = script,
        });
    }

    private static string Subtitle(RunRecord run) =>
        $"Run {run.Id}" + (run.StartedAt == default ? "" : $" · {Quantity.Time(run.StartedAt)}")
        + (run.FinishedAt > run.StartedAt ? $" · {Quantity.Seconds((run.FinishedAt - run.StartedAt).TotalSeconds)}" : "");

    private static void Section(StringBuilder html, ReportSection section)
    {
        html.Append(CultureInfo.InvariantCulture,
            $"<section id=\"{section.Id}\" aria-labelledby=\"{section.Id}-h\">\n<h2 id=\"{section.Id}-h\"><span class=\"no\">{section.Number}</span> {Markup.Escape(section.Title)}</h2>\n");
        foreach (ReportBlock block in section.Blocks)
        {
            switch (block)
            {
                case Prose prose:
                    html.Append("<p>").Append(Markup.Escape(prose.Text)).Append("</p>\n");
                    break;
                case Missing missing:
                    html.Append("<p class=\"missing\">").Append(Markup.Escape(missing.Text)).Append("</p>\n");
                    break;
                case TileBlock tiles:
                    Tiles(html, tiles);
                    break;
                case TableBlock table:
                    html.Append("<h3>").Append(Markup.Escape(table.Table.Title)).Append("</h3>\n");
                    HtmlTable.Write(html, table.Table, named: false);
                    break;
                case ReportFigure figure:
                    Figure(html, figure);
                    break;
            }
        }

        html.Append("</section>\n");
    }

    private static void Tiles(StringBuilder html, TileBlock block)
    {
        if (block.Caption.Length > 0)
            html.Append("<p class=\"tiles-of\">").Append(Markup.Escape(block.Caption)).Append("</p>\n");
        html.Append("<dl class=\"tiles\">\n");
        foreach (Tile tile in block.Tiles)
        {
            string sign = tile.Standing == Standing.Neutral ? "" : $"<span class=\"sg\" aria-hidden=\"true\">{CellText.Sign(tile.Standing)}</span> ";
            html.Append(CultureInfo.InvariantCulture,
                $"<div class=\"tile {HtmlTable.Class(tile.Standing)}\"><dt>{Markup.Escape(tile.Label)}</dt><dd>{sign}{Markup.Escape(tile.Value)}</dd><dd class=\"note\">{Markup.Escape(tile.Note)}</dd></div>\n");
        }

        html.Append("</dl>\n");
    }

    private static void Figure(StringBuilder html, ReportFigure figure)
    {
        html.Append(CultureInfo.InvariantCulture,
            $"<figure id=\"{figure.Id}\">\n<figcaption><h3>{Markup.Escape(figure.Title)}</h3><p>{Markup.Escape(figure.Caption)}</p></figcaption>\n");
        if (figure.Legend.Count > 0)
        {
            html.Append("<ul class=\"legend\">");
            foreach (LegendEntry entry in figure.Legend)
                html.Append(CultureInfo.InvariantCulture, $"<li>{entry.Swatch}{Markup.Escape(entry.Text)}</li>");
            html.Append("</ul>\n");
        }

        int columns = figure.Panels[0].Width switch { <= 250 => 4, <= 360 => 3, <= 540 => 2, _ => 1 };
        html.Append(CultureInfo.InvariantCulture, $"<div class=\"panels p{columns}\">\n");
        foreach (ChartPanel panel in figure.Panels)
            html.Append("<div class=\"panel\">").Append(panel.Svg).Append("</div>\n");
        html.Append("</div>\n<details><summary>The figures</summary>\n");
        foreach (ReportTable table in figure.Data)
            HtmlTable.Write(html, table, named: figure.Data.Count > 1);
        html.Append("</details>\n</figure>\n");
    }
}
