using System.Globalization;

namespace LakebaseOps.Serving;

/// <summary>One statement of a mode: its text, the keys it takes and where its result columns belong.</summary>
/// <param name="Sql">The text; parameter n carries the key of entity <c>Entities[n - 1]</c>.</param>
/// <param name="Entities">Entity of each parameter.</param>
/// <param name="Tables">The tables its rows are of; none when it returns no rows at all.</param>
/// <param name="Columns">For each of its tables: the result column of each of the table's cells.</param>
internal sealed record FeatureStatement(string Sql, int[] Entities, FeatureTable[] Tables, int[][] Columns)
{
    /// <summary>Begins a transaction whose queries all see one snapshot.</summary>
    public static FeatureStatement Begin { get; } = new("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", [], [], []);

    /// <summary>Ends it.</summary>
    public static FeatureStatement Commit { get; } = new("COMMIT", [], [], []);

    /// <summary>True when each row is of one table, and its first column says of which by place in Tables.</summary>
    public bool HasOrdinal { get; private init; }

    /// <summary>
    /// When a row holds those of all tables: the result columns that say whether a table has one.
    /// </summary>
    public int[]? Markers { get; private init; }

    /// <summary>The lookup of one table.</summary>
    public static FeatureStatement Single(FeatureTable table) => new(
        table.Lookup("", table.Columns.Select(column => column.Sql), 1), [table.Entity], [table],
        [[.. Enumerable.Range(0, table.Columns.Count)]]);

    /// <summary>The rows of one table whose key satisfies a condition.</summary>
    public static FeatureStatement Rows(FeatureTable table, string condition) => Single(table) with
    {
        Sql = $"SELECT {string.Join(", ", table.Columns.Select(column => column.Sql))} FROM {table.Name.ToSql()} AS t WHERE t.{TableName.Quote(table.Key.Name)} {condition}",
    };

    /// <summary>One UNION ALL over tables of whatever shape.</summary>
    public static FeatureStatement Union(FeatureRequest request)
    {
        UnionLayout layout = UnionLayout.Of(request);
        return OfAll(request, layout.Sql(" UNION ALL "), layout.Columns());
    }

    /// <summary>One UNION ALL for each group of tables of the same shape.</summary>
    public static IEnumerable<FeatureStatement> Unions(FeatureRequest request) =>
        request.Tables.GroupBy(table => table.Shape).Select(group => Union(request.Only(group)));

    /// <summary>The call of a function of mode Rpc.</summary>
    public static FeatureStatement Call(FeatureRequest request, string function)
    {
        string arguments = string.Join(", ", request.Entities.Select((_, index) =>
            string.Create(CultureInfo.InvariantCulture, $"${index + 1}")));
        return OfAll(request, $"SELECT * FROM {function}({arguments})", UnionLayout.Of(request).Columns());
    }

    /// <summary>The lookup in an entity's wide table of what a request reads of it.</summary>
    public static FeatureStatement Wide(WideTable wide, FeatureRequest request)
    {
        FeatureTable[] tables = [.. request.Tables.Where(table => table.Entity == wide.Entity)];
        List<string> list = [WideTable.KeySql, .. tables.Select(wide.MarkerOf)];
        int[] markers = [.. Enumerable.Range(1, tables.Length)];
        int[][] columns = new int[tables.Length][];
        for (int index = 0; index < tables.Length; index++)
        {
            // The key of every table is the wide table's own.
            columns[index] = [0, .. Enumerable.Range(list.Count, tables[index].Columns.Count - 1)];
            list.AddRange(tables[index].Columns.Skip(1).Select((_, column) => wide.ColumnOf(tables[index], column + 1)));
        }

        return new FeatureStatement(wide.Lookup(list), [wide.Entity], tables, columns) { Markers = markers };
    }

    private static FeatureStatement OfAll(FeatureRequest request, string sql, int[][] columns) =>
        new(sql, request.Entities, [.. request.Tables], columns) { HasOrdinal = true };
}
