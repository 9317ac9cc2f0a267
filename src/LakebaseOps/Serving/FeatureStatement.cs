using System.Globalization;

namespace LakebaseOps.Serving;

/// <summary>One statement of a mode: its text, the keys it takes and where its result columns belong.</summary>
/// <param name="Sql">The text; parameter n carries the key of entity <c>Entities[n - 1]</c>.</param>
/// <param name="Entities">Entity of each parameter.</param>
/// <param name="Table">The table all its rows are of, or -1 when its first column says which (by index in the
/// plan).</param>
/// <param name="Columns">For each table index it can return: the result column of each of the table's cells.</param>
internal sealed record FeatureStatement(string Sql, int[] Entities, int Table, int[]?[] Columns)
{
    /// <summary>The statements of a mode, those of one inner list to be sent together.</summary>
    public static IReadOnlyList<IReadOnlyList<FeatureStatement>> For(FeatureMode mode, FeaturePlan plan,
        string? function) => mode switch
    {
        FeatureMode.Serial => [.. Single(plan).Select(statement => (IReadOnlyList<FeatureStatement>)[statement])],
        FeatureMode.Batch => [[.. Single(plan)]],
        FeatureMode.Union => [[.. Unions(plan)]],
        _ => [[Call(plan, function ?? throw new ArgumentNullException(nameof(function)))]],
    };

    private static IEnumerable<FeatureStatement> Single(FeaturePlan plan) =>
        plan.Tables.Select((table, index) =>
        {
            int[]?[] columns = new int[plan.Tables.Count][];
            columns[index] = [.. Enumerable.Range(0, table.Columns.Count)];
            return new FeatureStatement(table.Lookup("", table.Columns.Select(column => column.Sql), 1),
                [table.Entity], index, columns);
        });

    private static IEnumerable<FeatureStatement> Unions(FeaturePlan plan)
    {
        foreach (var group in plan.Tables.Select((table, index) => (Table: table, Index: index)).GroupBy(item =>
            item.Table.Shape))
        {
            int[] entities = [.. group.Select(item => item.Table.Entity).Distinct()];
            int[]?[] columns = new int[plan.Tables.Count][];
            List<string> branches = [];
            foreach ((FeatureTable table, int index) in group)
            {
                columns[index] = [.. Enumerable.Range(1, table.Columns.Count)];
                branches.Add(table.Lookup(
                    string.Create(CultureInfo.InvariantCulture, $"{index}, "),
                    table.Columns.Select(column => column.Sql),
                    Array.IndexOf(entities, table.Entity) + 1));
            }

            yield return new FeatureStatement(string.Join(" UNION ALL ", branches), entities, -1, columns);
        }
    }

    private static FeatureStatement Call(FeaturePlan plan, string function)
    {
        RpcLayout layout = RpcLayout.Of(plan);
        string arguments = string.Join(", ", plan.Entities.Select((_, index) => $"${index + 1}"));
        return new FeatureStatement(
            $"SELECT * FROM {function}({arguments})", [.. Enumerable.Range(0, plan.Entities.Count)], -1,
            [.. plan.Tables.Select((_, index) => layout.Slots(index).Select(slot => slot + 1).ToArray())]);
    }
}
