using System.Text;

namespace LakebaseOps.Reports;

/// <summary>Writes a report's text and tables as Markdown, for wikis, pull requests and terminals.</summary>
internal static class MarkdownReport
{
    /// <summary>The text.</summary>
    public static string Write(ReportDocument document)
    {
        StringBuilder text = new();
        text.Append("# ").Append(Escape(document.Title)).Append("\n\n");
        text.Append("Run ").Append(Escape(document.Run.Id)).Append(", ").Append(Quantity.Time(document.Run.StartedAt)).Append('\n');
        foreach (ReportSection section in document.Sections)
        {
            text.Append("\n## ").Append(section.Number).Append(". ").Append(Escape(section.Title)).Append('\n');
            foreach (ReportBlock block in section.Blocks)
                Block(text, block);
        }

        return text.ToString();
    }

    private static void Block(StringBuilder text, ReportBlock block)
    {
        switch (block)
        {
            case Prose prose:
                text.Append('\n').Append(Escape(prose.Text)).Append('\n');
                break;
            case Missing missing:
                text.Append("\n*").Append(Escape(missing.Text)).Append("*\n");
                break;
            case TileBlock tiles:
                text.Append('\n').Append(tiles.Caption.Length > 0 ? Escape(tiles.Caption) + "\n\n" : "");
                foreach (Tile tile in tiles.Tiles)
                {
                    text.Append("- **").Append(Escape(tile.Label)).Append(":** ").Append(Escape(tile.Value));
                    text.Append(tile.Note.Length > 0 ? $" ({Escape(tile.Note)})\n" : "\n");
                }

                break;
            case TableBlock table:
                Table(text, table.Table);
                break;
            case ReportFigure figure:
                text.Append("\n### ").Append(Escape(figure.Title)).Append("\n\n").Append(Escape(figure.Caption)).Append('\n');
                foreach (ReportTable table in figure.Data)
                    Table(text, table);
                break;
        }
    }

    private static void Table(StringBuilder text, ReportTable table)
    {
        text.Append("\n**").Append(Escape(table.Title)).Append("**\n\n");
        text.Append("| ").AppendJoin(" | ", table.Columns.Select(column => Escape(column.Heading))).Append(" |\n");
        text.Append('|').AppendJoin('|', table.Columns.Select(column => column.IsNumber ? "---:" : "---")).Append("|\n");
        foreach (IReadOnlyList<object?> row in table.Rows)
        {
            text.Append("| ")
                .AppendJoin(" | ", row.Select((value, at) => Escape(CellText.Text(table.Columns[at], value))))
                .Append(" |\n");
        }
    }

    private static string Escape(string text)
    {
        StringBuilder escaped = new(text.Length + 8);
        foreach (char character in text)
        {
            if (character is '\\' or '`' or '*' or '_' or '[' or ']' or '|' or '#')
                escaped.Append('\\');
            escaped.Append(character switch
            {
                '<' => "&lt;",
                '>' => "&gt;",
                '&' => "&amp;",
                < ' ' => " ",
                _ => character.ToString(),
            });
        }

        return escaped.ToString();
    }
}
