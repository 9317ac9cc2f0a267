namespace LakebaseOps.Serving;

/// <summary>
/// The one row shape that tables of different shapes share: for each type as many columns as the table with most of
/// them has. A table's n-th column of a type takes that type's n-th slot; slots it does not use are NULL. So the
/// function returns plain typed columns, which travel in binary and need no parsing.
/// </summary>
internal sealed class RpcLayout
{
    private readonly List<int[]> _slots = [];

    private RpcLayout(FeaturePlan plan)
    {
        Dictionary<string, List<int>> slotsOfType = new(StringComparer.Ordinal);
        foreach (FeatureTable table in plan.Tables)
        {
            Dictionary<string, int> used = new(StringComparer.Ordinal);
            _slots.Add([.. table.Columns.Select(column => Slot(column.Type, used))]);
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

    public static RpcLayout Of(FeaturePlan plan) => new(plan);

    /// <summary>Slot of each column of a table.</summary>
    public IReadOnlyList<int> Slots(int table) => _slots[table];

    /// <summary>The select list of a table over all slots.</summary>
    public IEnumerable<string> Select(FeatureTable table, int index)
    {
        string[] list = [.. Types.Select(type => $"NULL::{type}")];
        for (int column = 0; column < table.Columns.Count; column++)
            list[_slots[index][column]] = table.Columns[column].Sql;
        return list;
    }
}
