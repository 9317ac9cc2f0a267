using LakebaseOps.Loading.Sources;

namespace LakebaseOps.Loading.Space;

/// <summary>
/// About how many bytes a load will occupy with its indexes: from the rows that the table has now, where it has enough of
/// them, else from the types of its columns and the length of the input.
/// </summary>
internal static class SizeEstimate
{
    /// <summary>Fewer rows say little about the many.</summary>
    private const long Representative = 1_000;

    /// <summary>Header of a row and its place in the page.</summary>
    private const double RowOverhead = 28;

    /// <summary>The same of an entry of an index.</summary>
    private const double EntryOverhead = 12;

    /// <summary>Keys that the generator makes are SHA-256 in hexadecimal digits.</summary>
    private const double GeneratedText = 64;

    /// <summary>Pages of an index are filled to nine tenths.</summary>
    private const double IndexFill = 0.9;

    /// <summary>Bytes of the rows to come; null when their number shows only while reading.</summary>
    public static long? Of(TableDefinition table, LoadSource source)
    {
        if (source.EstimatedRows is not long rows)
            return null;
        if (table.EstimatedRows >= Representative && table.HeapBytes > 0)
            return (long)((double)rows / table.EstimatedRows * (table.HeapBytes + table.IndexBytes));
        double? inputRow = source.TotalBytes is long bytes && rows > 0 ? (double)bytes / rows : null;
        return (long)(rows * PerRow(table, [.. source.Columns.Select(column => column.Name)], inputRow));
    }

    /// <summary>Bytes of one row with its entries in all indexes.</summary>
    /// <param name="table">The table.</param>
    /// <param name="given">Columns of the input; the others hold NULL or a default.</param>
    /// <param name="inputRow">Bytes of one row of the input as text; null when it has none.</param>
    public static double PerRow(TableDefinition table, IReadOnlyCollection<string> given, double? inputRow)
    {
        ColumnDefinition[] columns = [.. table.Columns.Where(column => given.Contains(column.Name))];
        double plain = columns.Sum(column => Width(column.Type) ?? 0);
        int open = columns.Count(column => Width(column.Type) is null);
        // What numbers and times take as text is about a third more than what they take as bytes; each field ends with a separator.
        double text = open == 0 ? 0 : inputRow is double row ? Math.Max(2, (row - (plain * 1.3) - columns.Length) / open) : GeneratedText;
        double heap = Aligned(RowOverhead + (columns.Length < table.Columns.Count ? table.Columns.Count / 8.0 : 0) + plain + (open * (text + 1)));
        double indexes = table.Indexes.Sum(index => Aligned(EntryOverhead + index.Keys.Concat(index.Include).Sum(key => KeyWidth(table, key, text))) / IndexFill);
        return heap + indexes;
    }

    private static double KeyWidth(TableDefinition table, string key, double text)
    {
        string name = key.Split(' ')[0].Trim('"');
        string? type = table.Columns.FirstOrDefault(column => column.Name == name)?.Type;
        return (type is null ? null : Width(type)) ?? text + 1;
    }

    /// <summary>Bytes of a value; null where they differ from value to value.</summary>
    private static double? Width(string type) => type switch
    {
        "boolean" or "\"char\"" => 1,
        "smallint" => 2,
        "integer" or "real" or "date" or "oid" => 4,
        "bigint" or "double precision" or "money" => 8,
        "uuid" or "interval" => 16,
        _ when type.StartsWith("time", StringComparison.Ordinal) => 8,
        _ when type.StartsWith("numeric", StringComparison.Ordinal) => 9,
        _ => null,
    };

    private static double Aligned(double bytes) => Math.Ceiling(bytes / 8) * 8;
}
