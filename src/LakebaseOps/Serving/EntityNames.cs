using LakebaseOps.Synthesis;

namespace LakebaseOps.Serving;

/// <summary>Guesses from the names of tables what their keys identify.</summary>
internal static class EntityNames
{
    private const string Separator = "__";

    /// <summary>
    /// Tables of the reference workload have its entities. Names like entity__family__window begin with the entity; where
    /// one such beginning starts with another, the shorter one is meant. All other tables are of one entity without a
    /// name when their keys are of one type, else of one entity for each type.
    /// </summary>
    public static FeatureSelection Derive(FeatureSelection selection)
    {
        string[] beginnings =
        [
            .. selection.Tables.Select(table => table.Definition.Name.Name)
                .Where(name => FraudWorkload.Find(name) is null && name.IndexOf(Separator, StringComparison.Ordinal) > 0)
                .Select(name => name[..name.IndexOf(Separator, StringComparison.Ordinal)]).Distinct(),
        ];
        List<string> entities = [];
        List<SelectedTable> tables = [];
        foreach (SelectedTable table in selection.Tables)
        {
            string entity = Of(table, beginnings);
            if (!entities.Contains(entity))
                entities.Add(entity);
            tables.Add(table with { Entity = entities.IndexOf(entity) });
        }

        return selection with { Entities = entities, Tables = tables };
    }

    private static string Of(SelectedTable table, string[] beginnings)
    {
        string name = table.Definition.Name.Name;
        if (FraudWorkload.Find(name) is { } known)
            return known.Entity;
        int at = name.IndexOf(Separator, StringComparison.Ordinal);
        if (at <= 0)
            return "";
        string own = name[..at];
        return beginnings.Where(one => own == one || own.StartsWith(one + "_", StringComparison.Ordinal)).MinBy(one => one.Length)!;
    }
}
