using System.Collections;
using System.Globalization;
using System.Text;
using LakebaseOps.Loading.Wire;

namespace LakebaseOps.Loading.Sources;

/// <summary>Writes a .NET value as the text that the server reads for a column's type.</summary>
internal static class RecordText
{
    private const string Instant = "yyyy-MM-dd HH:mm:ss.ffffff";

    /// <summary>The text; null for NULL.</summary>
    public static string? Of(object? value, CopyColumn column) =>
        value is IEnumerable items and not (string or byte[] or IDictionary)
            && (column.Kind == ColumnKind.Array || column.Type.EndsWith("[]", StringComparison.Ordinal))
            ? ArrayOf(items, column.Wire.Element)
            : Of(value, column.Kind);

    /// <summary>Adds a value as a CSV field: quoted, unless it is NULL.</summary>
    public static void Append(StringBuilder line, object? value, CopyColumn column)
    {
        string? text = Of(value, column);
        if (text is not null)
            line.Append('"').Append(text.Replace("\"", "\"\"", StringComparison.Ordinal)).Append('"');
    }

    private static string? Of(object? value, ColumnKind kind) => value switch
    {
        null or DBNull => null,
        string text => text,
        _ when kind is ColumnKind.Json or ColumnKind.Jsonb => RecordJson.Of(value),
        bool flag => flag ? "t" : "f",
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        float number => number.ToString("R", CultureInfo.InvariantCulture),
        DateTimeOffset moment => kind == ColumnKind.TimestampTz
            ? moment.UtcDateTime.ToString(Instant, CultureInfo.InvariantCulture) + "+00"
            : Plain(moment.DateTime, kind),
        DateTime { Kind: not DateTimeKind.Unspecified } moment when kind == ColumnKind.TimestampTz =>
            moment.ToUniversalTime().ToString(Instant, CultureInfo.InvariantCulture) + "+00",
        DateTime moment => Plain(moment, kind),
        DateOnly day => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        TimeOnly time => time.ToString("HH:mm:ss.ffffff", CultureInfo.InvariantCulture),
        TimeSpan span => SpanOf(span, kind),
        byte[] bytes => "\\x" + Convert.ToHexString(bytes),
        Enum named => named.ToString(kind is ColumnKind.Int16 or ColumnKind.Int32 or ColumnKind.Int64 ? "D" : "G"),
        // What has parts of its own would else become the name of its .NET type.
        IEnumerable or System.Text.Json.JsonElement or System.Text.Json.JsonDocument => RecordJson.Of(value),
        IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString(),
    };

    /// <summary>An array literal. Every element is quoted, so that none can be mistaken for NULL or for several.</summary>
    private static string ArrayOf(IEnumerable items, ColumnKind element)
    {
        StringBuilder text = new("{");
        foreach (object? item in Rows(items))
        {
            if (text.Length > 1)
                text.Append(',');
            if (item is IEnumerable part and not (string or byte[] or IDictionary) && element is not (ColumnKind.Json or ColumnKind.Jsonb))
            {
                text.Append(ArrayOf(part, element));
                continue;
            }

            if (Of(item, element) is not { } value)
            {
                text.Append("NULL");
                continue;
            }

            text.Append('"');
            foreach (char character in value)
                text.Append(character is '"' or '\\' ? "\\" : "").Append(character);
            text.Append('"');
        }

        return text.Append('}').ToString();
    }

    /// <summary>A .NET array of several dimensions enumerates its elements flat: its rows, so that the shape remains.</summary>
    private static IEnumerable Rows(IEnumerable items) => items is Array { Rank: 2 } matrix
        ? Enumerable.Range(matrix.GetLowerBound(0), matrix.GetLength(0)).Select(row =>
            Enumerable.Range(matrix.GetLowerBound(1), matrix.GetLength(1)).Select(column => matrix.GetValue(row, column)).ToArray())
        : items;

    /// <summary>A time of the day; an interval as days and a time, each with its sign, since the server keeps them apart.</summary>
    private static string SpanOf(TimeSpan span, ColumnKind kind)
    {
        string time = span.ToString(@"hh\:mm\:ss\.ffffff", CultureInfo.InvariantCulture);
        bool isClock = kind is ColumnKind.Time or ColumnKind.TimeTz && span.Ticks is >= 0 and < TimeSpan.TicksPerDay;
        return isClock ? time
            : kind != ColumnKind.Interval ? span.ToString("c", CultureInfo.InvariantCulture)
            : string.Create(CultureInfo.InvariantCulture, $"{span.Days} days {(span < TimeSpan.Zero ? '-' : '+')}{time}");
    }

    private static string Plain(DateTime moment, ColumnKind kind) =>
        moment.ToString(kind == ColumnKind.Date ? "yyyy-MM-dd" : Instant, CultureInfo.InvariantCulture);
}
