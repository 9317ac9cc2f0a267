using System.Text;

namespace LakebaseOps.Reports;

/// <summary>Writes a table as CSV (RFC 4180): numbers unrounded and invariant, units in the headings.</summary>
internal static class CsvReport
{
    /// <summary>The text of one table.</summary>
    public static string Write(ReportTable table)
    {
        StringBuilder text = new();
        text.AppendJoin(',', table.Columns.SelectMany(Headings).Select(Quote)).Append("\r\n");
        foreach (IReadOnlyList<object?> row in table.Rows)
        {
            text.AppendJoin(',', row.SelectMany((value, at) => Fields(table.Columns[at], value)).Select(Quote)).Append("\r\n");
        }

        return text.ToString();
    }

    private static IEnumerable<string> Headings(ReportColumn column)
    {
        string unit = CellText.Unit(column.Kind);
        string heading = unit.Length == 0 ? column.Heading : $"{column.Heading} ({unit})";
        return column.Kind == ColumnKind.Interval
            ? [$"{column.Heading} low ({unit})", $"{column.Heading} high ({unit})"]
            : [heading];
    }

    private static IEnumerable<string> Fields(ReportColumn column, object? value) => (column.Kind, value) switch
    {
        (ColumnKind.Interval, ConfidenceInterval interval) => [CellText.Raw(interval.LowMs), CellText.Raw(interval.HighMs)],
        (ColumnKind.Interval, _) => ["", ""],
        // A spreadsheet would run a text that begins like a formula; an apostrophe makes it text again.
        (_, string text) when text.Length > 0 && text[0] is '=' or '+' or '-' or '@' or '\t' => ["'" + text],
        _ => [CellText.Raw(value)],
    };

    private static string Quote(string field) => field.AsSpan().IndexOfAny("\",\r\n") < 0
        ? field
        : $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
