using System.Globalization;
using System.Text;

namespace LakebaseOps.Reports;

/// <summary>Writes a table as HTML.</summary>
internal static class HtmlTable
{
    /// <summary>Class of a standing.</summary>
    public static string Class(Standing standing) => standing switch
    {
        Standing.Good => "good",
        Standing.Warning => "warn",
        Standing.Bad => "bad",
        _ => "plain",
    };

    /// <summary>Appends the table (without the end tags that HTML lets out), in a box of its own that scrolls when the page is narrow.</summary>
    public static void Write(StringBuilder html, ReportTable table, bool named)
    {
        html.Append(CultureInfo.InvariantCulture,
            $"<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"{Markup.Escape(table.Title)}\"><table class=\"{Numbers(table)}\">");
        html.Append(named ? "<caption>" : "<caption class=\"unseen\">").Append(Markup.Escape(table.Title)).Append("</caption>\n<thead><tr>");
        foreach (ReportColumn column in table.Columns)
        {
            html.Append("<th scope=\"col\">").Append(Markup.Escape(column.Heading)).Append("</th>");
        }

        html.Append("</tr></thead>\n<tbody>\n");
        foreach (IReadOnlyList<object?> row in table.Rows)
        {
            html.Append("<tr>");
            for (int at = 0; at < row.Count; at++)
                Cell(html, table.Columns[at], row[at], head: at == 0);
            html.Append('\n');
        }

        html.Append("</tbody></table></div>\n");
    }

    /// <summary>Classes that say once for all rows which columns are aligned to the right: n2 n3.</summary>
    private static string Numbers(ReportTable table) => string.Join(' ', table.Columns
        .Select((column, at) => (column.IsNumber, Place: at + 1))
        .Where(column => column.IsNumber)
        .Select(column => string.Create(CultureInfo.InvariantCulture, $"n{column.Place}")));

    private static void Cell(StringBuilder html, ReportColumn column, object? value, bool head)
    {
        string tag = head ? "th scope=\"row\"" : "td";
        html.Append('<').Append(tag).Append('>');
        string text = Markup.Escape(CellText.Text(column, value));
        if (value is Verdict { Standing: not Standing.Neutral } verdict)
        {
            html.Append(CultureInfo.InvariantCulture,
                $"<span class=\"st {Class(verdict.Standing)}\"><span aria-hidden=\"true\">{CellText.Sign(verdict.Standing)}</span>&#160;{text}</span>");
        }
        else
        {
            html.Append(text);
        }

    }
}
