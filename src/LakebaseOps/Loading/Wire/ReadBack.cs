namespace LakebaseOps.Loading.Wire;

/// <summary>
/// Knows of which columns the server sends back the very bytes that it was sent, so that a hash taken while sending can be
/// compared with one taken while reading. Others it stores in a form of its own: jsonb is laid out anew, char(n) is padded,
/// and a length, scale or precision changes values.
/// </summary>
internal static class ReadBack
{
    /// <summary>The first column that comes back otherwise than it was sent; null when there is none.</summary>
    public static CopyColumn? Altered(IReadOnlyList<CopyColumn> columns) => columns.FirstOrDefault(column => !IsExact(column));

    private static bool IsExact(CopyColumn column)
    {
        bool array = column.Kind == ColumnKind.Array;
        ColumnKind kind = array ? column.Wire.Element : column.Kind;
        string type = array ? column.Type.Replace("[]", "", StringComparison.Ordinal) : column.Type;
        // A name that does not say it by itself is of a domain, which may have a length or scale below.
        return ColumnType.Named(type).Kind == kind && kind switch
        {
            ColumnKind.Server or ColumnKind.Jsonb => false,
            ColumnKind.Text => type is "text" or "character varying" || type.StartsWith("character varying(", StringComparison.Ordinal),
            ColumnKind.Numeric or ColumnKind.Timestamp or ColumnKind.TimestampTz or ColumnKind.Time or ColumnKind.TimeTz or ColumnKind.Interval =>
                !type.Contains('(', StringComparison.Ordinal),
            _ => true,
        };
    }
}
