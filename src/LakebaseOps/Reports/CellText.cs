using System.Globalization;

namespace LakebaseOps.Reports;

/// <summary>Writes the values of table cells.</summary>
internal static class CellText
{
    /// <summary>For people: rounded, with unit.</summary>
    public static string Text(ReportColumn column, object? value) => value switch
    {
        null => column.Absent,
        string text => text,
        Verdict verdict => verdict.Text,
        ConfidenceInterval interval => Quantity.Interval(interval),
        _ => Number(column.Kind, Convert.ToDouble(value, CultureInfo.InvariantCulture)),
    };

    /// <summary>For programs: unrounded, in the unit that the heading names.</summary>
    public static string Raw(object? value) => value switch
    {
        null => "",
        string text => text,
        Verdict verdict => verdict.Text,
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };

    /// <summary>The unit that a program needs beside the raw number; empty where there is none.</summary>
    public static string Unit(ColumnKind kind) => kind switch
    {
        ColumnKind.Milliseconds or ColumnKind.Interval => "ms",
        ColumnKind.Microseconds => "us",
        ColumnKind.Seconds => "s",
        ColumnKind.Bytes => "bytes",
        ColumnKind.PerSecond => "per second",
        ColumnKind.Share or ColumnKind.Ratio => "ratio",
        _ => "",
    };

    /// <summary>A sign that goes before a word, so that its standing does not hang on colour.</summary>
    public static string Sign(Standing standing) => standing switch
    {
        Standing.Good => "✓",
        Standing.Warning => "!",
        Standing.Bad => "✕",
        _ => "·",
    };

    private static string Number(ColumnKind kind, double value) => kind switch
    {
        ColumnKind.Count => Quantity.Count(value),
        ColumnKind.Milliseconds => Quantity.Ms(value),
        ColumnKind.Microseconds => Quantity.Us(value),
        ColumnKind.Seconds => Quantity.Seconds(value),
        ColumnKind.Bytes => Quantity.Bytes(value),
        ColumnKind.Share => Quantity.Share(value),
        ColumnKind.PerSecond => Quantity.Rate(value),
        ColumnKind.Ratio => Quantity.Ratio(value),
        _ => Quantity.Significant(value),
    };
}
