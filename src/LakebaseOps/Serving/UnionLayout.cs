using System.Globalization;

namespace LakebaseOps.Serving;

/// <summary>
/// The one row shape that tables of different shapes share: for each type as many columns as the table with most of
/// them has. A table's n-th column of a type takes that type's n-th slot; slots it does not use are NULL. So a UNION of
/// all tables returns plain typed columns, which travel in binary and need no parsing.
/// </summary>
internal sealed class UnionLayout
{
    private readonly FeatureRequest _request;
    private readonly Dictionary<int, int[]> _slots = [];

    private UnionLayout(FeatureRequest request)
    {
        _request = request;
        Dictionary<string, List<int>> slotsOfType = new(StringComparer.Ordinal);
        foreach (FeatureTable table in request.Tables)
        {
            Dictionary<string, int> used = new(StringComparer.Ordinal);
            _slots.Add(table.Index, [.. table.Columns.Select(column => Slot(column.Type, used))]);
        }

        int Slot(string type, Dictionary<string, int> used)
        {
            if (!slotsOfType.TryGetValue(type, out List<int>? slots))
                slotsOfType[type] = slots = [];
            int at = used[type] = used.GetValueOrDefault(type, -1) + 1;
            if (at == slots.Count)
            {
                slots.Add(Types.Count);
                Types.Add(type);
            }

            return slots[at];
        }
    }

    /// <summary>Type of each slot.</summary>
    public List<string> Types { get; } = [];

    public static UnionLayout Of(FeatureRequest request) => new(request);

    /// <summary>
    /// One UNION ALL over all tables; its first column tells the table by its place in the request.
    /// </summary>
    public string Sql(string separator) => string.Join(
        separator, _request.Tables.Select((table, index) => table.Lookup(
            string.Create(CultureInfo.InvariantCulture, $"{index}, "), Select(table), _request.ParameterOf(table))));

    /// <summary>For each of the request's tables: the result column of each of its cells.</summary>
    public int[][] Columns() =>
        [.. _request.Tables.Select(table => _slots[table.Index].Select(slot => slot + 1).ToArray())];

    private IEnumerable<string> Select(FeatureTable table)
    {
        string[] list = [.. Types.Select(type => $"NULL::{type}")];
        for (int column = 0; column < table.Columns.Count; column++)
            list[_slots[table.Index][column]] = table.Columns[column].Sql;
        return list;
    }
}
