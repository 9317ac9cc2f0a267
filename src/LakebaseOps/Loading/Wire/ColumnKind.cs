namespace LakebaseOps.Loading.Wire;

/// <summary>How the values of a column are encoded.</summary>
internal enum ColumnKind
{
    /// <summary>Not by us: the server reads the text.</summary>
    Server,

    /// <summary>text, varchar, char, enums: the bytes as they are; the server checks length and label all the same.</summary>
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

    /// <summary>numeric.</summary>
    Numeric,

    /// <summary>timestamp.</summary>
    Timestamp,

    /// <summary>timestamptz.</summary>
    TimestampTz,

    /// <summary>date.</summary>
    Date,

    /// <summary>time.</summary>
    Time,

    /// <summary>timetz.</summary>
    TimeTz,

    /// <summary>interval of all fields.</summary>
    Interval,

    /// <summary>uuid.</summary>
    Uuid,

    /// <summary>bytea.</summary>
    Bytea,

    /// <summary>json: the bytes as they are, which the server checks.</summary>
    Json,

    /// <summary>jsonb: a version, then the text, which the server reads.</summary>
    Jsonb,

    /// <summary>inet.</summary>
    Inet,

    /// <summary>cidr.</summary>
    Cidr,

    /// <summary>An array of one dimension.</summary>
    Array,
}
