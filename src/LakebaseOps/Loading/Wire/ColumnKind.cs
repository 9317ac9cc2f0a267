namespace LakebaseOps.Loading.Wire;

/// <summary>How the values of a column are encoded.</summary>
internal enum ColumnKind
{
    /// <summary>Not by us: the server reads the text.</summary>
    Server,

    /// <summary>text, varchar, char, json: the bytes as they are; the server checks length and form all the same.</summary>
    Text,

    /// <summary>boolean.</summary>
    Boolean,

    /// <summary>smallint.</summary>
    Int16,

    /// <summary>integer.</summary>
    Int32,

    /// <summary>bigint.</summary>
    Int64,

    /// <summary>real.</summary>
    Single,

    /// <summary>double precision.</summary>
    Double,

    /// <summary>timestamp.</summary>
    Timestamp,

    /// <summary>timestamptz.</summary>
    TimestampTz,

    /// <summary>date.</summary>
    Date,

    /// <summary>uuid.</summary>
    Uuid,
}

/// <summary>A column as the COPY of a load sends it.</summary>
/// <param name="Name">Column name.</param>
/// <param name="Type">The type as format_type writes it.</param>
internal sealed record CopyColumn(string Name, string Type)
{
    /// <summary>How its values are encoded.</summary>
    public ColumnKind Kind { get; } = Type switch
    {
        "text" or "json" or "character varying" => ColumnKind.Text,
        "boolean" => ColumnKind.Boolean,
        "smallint" => ColumnKind.Int16,
        "integer" => ColumnKind.Int32,
        "bigint" => ColumnKind.Int64,
        "real" => ColumnKind.Single,
        "double precision" => ColumnKind.Double,
        "timestamp without time zone" => ColumnKind.Timestamp,
        "timestamp with time zone" => ColumnKind.TimestampTz,
        "date" => ColumnKind.Date,
        "uuid" => ColumnKind.Uuid,
        _ when Type.StartsWith("character varying(", StringComparison.Ordinal) && Type.EndsWith(')')
            || Type.StartsWith("character(", StringComparison.Ordinal) && Type.EndsWith(')') => ColumnKind.Text,
        _ => ColumnKind.Server,
    };
}
