namespace LakebaseOps.Loading.Appending;

/// <summary>
/// What an index costs the server, in microseconds: for each row added while it is in place, and for each row of the table when
/// it is built at once. Random keys of text are the dear ones in place, each goes to another page: 4 microseconds, measured on
/// PostgreSQL 15. The others are in rough proportion to that; nothing but the ratio of the two figures decides.
/// </summary>
internal static class IndexCost
{
    /// <summary>Microseconds for each row kept up to date, and for each row built.</summary>
    public static (double Keep, double Build) Of(IndexDefinition index, TableDefinition table) => index.Method switch
    {
        "btree" => IsWide(index, table) ? (4.0, 1.2) : (1.2, 0.4),
        "hash" => (2.0, 0.8),
        "gin" => (15, 4.0),
        "gist" or "spgist" => (6.0, 4.0),
        "brin" => (0.1, 0.1),
        // An index of an extension, perhaps over vectors: building it is dearer than anything else.
        _ => (20, 20),
    };

    /// <summary>True when the first key is text or the like, whose values come in no order; an expression is taken for one.</summary>
    private static bool IsWide(IndexDefinition index, TableDefinition table)
    {
        string key = index.Keys.Count == 0 ? "" : index.Keys[0].Split(' ')[0].Trim('"');
        string? type = table.Columns.FirstOrDefault(column => column.Name == key)?.Type;
        return type is null || type.StartsWith("text", StringComparison.Ordinal) || type.StartsWith("character", StringComparison.Ordinal)
            || type is "bytea" or "uuid" || type.StartsWith("numeric", StringComparison.Ordinal);
    }
}
