using System.Text.RegularExpressions;

namespace LakebaseOps.Serving;

/// <summary>How a cell of a response is decoded and held.</summary>
internal enum CellKind
{
    Boolean,
    Int16,
    Int32,
    Int64,
    Single,
    Double,
    Timestamp,
    TimestampTz,
    Date,
    Text,
    Jsonb,
    Bytes,
    Uuid,
    Other,
}

/// <summary>A column as feature statements read it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">The type the statement returns, without modifiers; equal types may share a UNION column.</param>
/// <param name="Kind">How its cells are decoded.</param>
/// <param name="IsCast">True when the statement turns it into text, its own type having no client form that always
/// fits.</param>
internal sealed partial record FeatureColumn(string Name, string Type, CellKind Kind, bool IsCast)
{
    /// <summary>The column in a select list over the table's alias "t".</summary>
    public string Sql => $"t.{TableName.Quote(Name)}{(IsCast ? "::pg_catalog.text" : "")}";

    public static FeatureColumn Of(ColumnDefinition column)
    {
        string type = Modifiers().Replace(column.Type, "");
        CellKind? kind = type switch
        {
            "boolean" => CellKind.Boolean,
            "smallint" => CellKind.Int16,
            "integer" => CellKind.Int32,
            "bigint" => CellKind.Int64,
            "real" => CellKind.Single,
            "double precision" => CellKind.Double,
            "timestamp without time zone" => CellKind.Timestamp,
            "timestamp with time zone" => CellKind.TimestampTz,
            "date" => CellKind.Date,
            "text" or "character varying" or "json" => CellKind.Text,
            "jsonb" => CellKind.Jsonb,
            "character" => CellKind.Text,
            "bytea" => CellKind.Bytes,
            "uuid" => CellKind.Uuid,
            "boolean[]" or "smallint[]" or "integer[]" or "bigint[]" or "real[]" or "double precision[]" or "text[]" => CellKind.Other,
            // A decimal holds 28 digits; wider or unlimited numbers travel as text.
            "numeric" when Precision(column.Type) is > 0 and <= 28 => CellKind.Other,
            _ => null,
        };
        return kind is CellKind known
            ? new FeatureColumn(column.Name, type == "character" ? "bpchar" : type, known, IsCast: false)
            : new FeatureColumn(column.Name, "text", CellKind.Text, IsCast: true);
    }

    private static int Precision(string type) =>
        PrecisionOf().Match(type) is { Success: true } match ? int.Parse(match.Groups[1].ValueSpan) : 0;

    [GeneratedRegex(@"\([^)]*\)")]
    private static partial Regex Modifiers();

    [GeneratedRegex(@"\((\d+)")]
    private static partial Regex PrecisionOf();
}
