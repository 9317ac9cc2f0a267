namespace LakebaseOps.Loading.Wire;

/// <summary>What the values of a column are on the wire: domains are their base type, enums their label.</summary>
/// <param name="Kind">How a value is encoded.</param>
/// <param name="Base">The type as format_type writes it: that under a domain, text for an enum; of an array that of its elements.</param>
internal sealed record ColumnType(ColumnKind Kind, string Base)
{
    /// <summary>How the elements of an array are encoded.</summary>
    public ColumnKind Element { get; init; }

    /// <summary>The type of an array's elements as the server numbers it; a domain's own number where they are of a domain.</summary>
    public uint ElementOid { get; init; }

    /// <summary>
    /// The type to cast a value to that goes to the server as this one. Without the length of texts and bits: a cast would cut
    /// what is too long, while the server refuses it.
    /// </summary>
    public string CastName
    {
        get
        {
            string name = Base.StartsWith("character varying", StringComparison.Ordinal) ? "character varying"
                : Base == "character" || Base.StartsWith("character(", StringComparison.Ordinal) ? "bpchar"
                : Base.StartsWith("bit", StringComparison.Ordinal) || Base == "\"bit\"" ? "bit varying" : Base;
            return Kind == ColumnKind.Array ? name + "[]" : name;
        }
    }

    /// <summary>The type of a name that needs no catalog; for the server to read if it is any other.</summary>
    /// <param name="type">As format_type writes it.</param>
    public static ColumnType Named(string type) => new(KindOf(type), type);

    private static ColumnKind KindOf(string type)
    {
        // numeric(10,2) is numeric: the server applies the numbers to what it receives as it does to what it reads.
        int open = type.IndexOf('(', StringComparison.Ordinal);
        int close = type.IndexOf(')', StringComparison.Ordinal);
        string name = open > 0 && close > open ? string.Concat(type.AsSpan(0, open), type.AsSpan(close + 1)) : type;
        return name switch
        {
            "text" or "character varying" or "character" or "bpchar" => ColumnKind.Text,
            "boolean" => ColumnKind.Boolean,
            "smallint" => ColumnKind.Int16,
            "integer" => ColumnKind.Int32,
            "bigint" => ColumnKind.Int64,
            "real" => ColumnKind.Single,
            "double precision" => ColumnKind.Double,
            "numeric" => ColumnKind.Numeric,
            "timestamp without time zone" => ColumnKind.Timestamp,
            "timestamp with time zone" => ColumnKind.TimestampTz,
            "date" => ColumnKind.Date,
            "time without time zone" => ColumnKind.Time,
            "time with time zone" => ColumnKind.TimeTz,
            // Not "interval day to second" and the like, whose fields change what a text means.
            "interval" => ColumnKind.Interval,
            "uuid" => ColumnKind.Uuid,
            "bytea" => ColumnKind.Bytea,
            "json" => ColumnKind.Json,
            "jsonb" => ColumnKind.Jsonb,
            "inet" => ColumnKind.Inet,
            "cidr" => ColumnKind.Cidr,
            _ => ColumnKind.Server,
        };
    }
}
