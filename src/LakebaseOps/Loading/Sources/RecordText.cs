using System.Globalization;
using System.Text;
using LakebaseOps.Loading.Wire;

namespace LakebaseOps.Loading.Sources;

/// <summary>Writes a .NET value as the text that the server reads for a column's type.</summary>
internal static class RecordText
{
    private const string Instant = "yyyy-MM-dd HH:mm:ss.ffffff";

    /// <summary>The text; null for NULL.</summary>
    public static string? Of(object? value, ColumnKind kind) => value switch
    {
        null or DBNull => null,
        string text => text,
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
        TimeSpan span => span.ToString("c", CultureInfo.InvariantCulture),
        byte[] bytes => "\\x" + Convert.ToHexString(bytes),
        Enum named => named.ToString(),
        IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString(),
    };

    /// <summary>Adds a value as a CSV field: quoted, unless it is NULL.</summary>
    public static void Append(StringBuilder line, object? value, ColumnKind kind)
    {
        string? text = Of(value, kind);
        if (text is not null)
            line.Append('"').Append(text.Replace("\"", "\"\"", StringComparison.Ordinal)).Append('"');
    }

    private static string Plain(DateTime moment, ColumnKind kind) =>
        moment.ToString(kind == ColumnKind.Date ? "yyyy-MM-dd" : Instant, CultureInfo.InvariantCulture);
}
