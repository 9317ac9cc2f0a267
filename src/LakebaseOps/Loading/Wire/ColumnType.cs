namespace LakebaseOps.Loading.Wire;

/// <summary>What the values of a column are on the wire: domains are their base type, enums their label.</summary>
/// <param name="Kind">How a value is encoded.</param>
internal sealed record ColumnType(ColumnKind Kind)
{
    /// <summary>A type whose values the server must read.</summary>
    public static readonly ColumnType Unknown = new(ColumnKind.Server);

    /// <summary>How the elements of an array are encoded.</summary>
    public ColumnKind Element { get; init; }

    /// <summary>The type of an array's elements as the server numbers it; a domain's own number where they are of a domain.</summary>
    public uint ElementOid { get; init; }

    /// <summary>The type of a name that needs no catalog; <see cref="Unknown"/> for any other.</summary>
    /// <param name="type">As format_type writes it.</param>
    public static ColumnType Named(string type)
    {
        ColumnKind kind = KindOf(type);
        return kind == ColumnKind.Server ? Unknown : new ColumnType(kind);
    }

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
