using LakebaseOps.Operations;
using LakebaseOps.Workflows;

namespace LakebaseOps.Dumps.Definitions;

/// <summary>A part of a definition that can stand by itself.</summary>
internal static class DefinitionSubset
{
    /// <summary>What is said of two relations at once and is left out where the other one is not chosen.</summary>
    private static readonly string[] Links = ["FK CONSTRAINT", "TABLE ATTACH", "INDEX ATTACH", "RULE", "TRIGGER", "POLICY"];

    /// <summary>Chosen tables or views, with their keys, indexes, sequences, privileges and partitions, and what these need.</summary>
    public static DatabaseDefinition Of(DatabaseDefinition whole, IReadOnlyCollection<TableName> tables) =>
        Close(whole, [.. tables], [], new PresentObjects());

    /// <summary>What a selection asks for; all of it when it asks for nothing.</summary>
    /// <param name="whole">What there is.</param>
    /// <param name="selection">What is asked for.</param>
    /// <param name="present">What need not come along as the target has it; nothing by default.</param>
    /// <exception cref="LakebaseException">ObjectNotFound: a name that nothing has.</exception>
    public static DatabaseDefinition Of(DatabaseDefinition whole, DumpSelection selection, PresentObjects? present = null)
    {
        if (selection.Schemas.Count == 0 && selection.Tables.Count == 0)
            return whole;
        TableName[] relations = [.. whole.Objects.Select(one => one.Relation).OfType<TableName>().Distinct()];
        foreach (string pattern in selection.Tables.Where(pattern => !relations.Any(name => DumpTables.Matches(pattern, name))))
            throw NotFound("table", pattern, relations.Select(name => pattern.Contains('.', StringComparison.Ordinal) ? name.ToString() : name.Name));
        string[] schemas = [.. whole.Objects.Where(one => one.Kind == "SCHEMA").Select(one => one.Name)];
        foreach (string pattern in selection.Schemas.Where(pattern => !schemas.Any(name => Wildcard.Matches(pattern, name))))
            throw NotFound("schema", pattern, schemas);
        HashSet<TableName> tables = [.. relations.Where(name => DumpTables.IsChosen(name, selection))];
        IEnumerable<DumpObject> others = selection.Tables.Count > 0 ? [] : whole.Objects.Where(one => one.Relation is null
            && selection.Schemas.Any(pattern => Wildcard.Matches(pattern, one.Kind == "SCHEMA" ? one.Name : one.Schema)));
        return Close(whole, tables, others, present ?? new PresentObjects());
    }

    private static DatabaseDefinition Close(DatabaseDefinition whole, HashSet<TableName> tables, IEnumerable<DumpObject> others, PresentObjects present)
    {
        ILookup<string, DumpObject> byKey = whole.Objects.ToLookup(one => one.Key);
        ILookup<TableName, DumpObject> byRelation = whole.Objects.Where(one => one.Relation is not null).ToLookup(one => one.Relation!);
        ILookup<TableName, DumpObject> attached = whole.Objects.Where(one => one.Kind == "TABLE ATTACH")
            .SelectMany(one => one.Needs.Where(parent => parent != one.Relation), (one, parent) => (one, parent)).ToLookup(pair => pair.parent, pair => pair.one);
        HashSet<DumpObject> chosen = new(ReferenceEqualityComparer.Instance);
        HashSet<TableName> known = [];
        Stack<DumpObject> open = new(others);
        void Choose(TableName table)
        {
            if (!known.Add(table))
                return;
            foreach (DumpObject one in byRelation[table])
                open.Push(one);
            foreach (DumpObject partition in attached[table])
                Choose(partition.Relation!);
        }

        foreach (TableName table in tables)
            Choose(table);
        while (open.TryPop(out DumpObject? one))
        {
            if (!chosen.Add(one))
                continue;
            foreach (DumpObject needed in one.NeedsObjects.SelectMany(key => byKey[key]).Where(needed => !present.Keeps(needed)))
                open.Push(needed);
            foreach (TableName table in IsLink(one) ? [] : one.Needs.Where(table => !known.Contains(table) && !present.Keeps(table)))
                Choose(table);
        }

        string Lost(DumpObject one) => $"{one.Kind.ToLowerInvariant()} {one.Schema}.{one.Name}: {string.Join(", ", one.Needs.Where(table => !known.Contains(table)))} is not chosen";
        HashSet<DumpObject> cut = new(chosen.Where(one => IsLink(one) && one.Needs.Any(table => !known.Contains(table))), ReferenceEqualityComparer.Instance);
        string[] left = [.. cut.Select(Lost)];
        // Their comments go with them.
        HashSet<string> gone = [.. cut.Select(one => one.Key)];
        cut.UnionWith(chosen.Where(one => one.Kind == "COMMENT" && one.NeedsObjects.Any(gone.Contains)));
        chosen.ExceptWith(cut);
        // What is said of an object that came along because it is needed: its comment, its privileges.
        HashSet<string> keys = [.. chosen.Select(one => one.Key)];
        return new DatabaseDefinition(
            [.. whole.Objects.Where(one => chosen.Contains(one)
                || (one.Kind is "COMMENT" or "ACL" && one.Relation is null && one.NeedsObjects.Count > 0 && one.NeedsObjects.All(keys.Contains)))],
            [.. whole.Tables.Where(table => known.Contains(table.Table))])
        {
            Left = [.. whole.Left, .. left],
            Cut = [.. whole.Objects.Where(cut.Contains), .. whole.Cut.Where(one => one.Relation is TableName table && known.Contains(table))],
        };
    }

    /// <summary>The rule _RETURN is a view itself.</summary>
    private static bool IsLink(DumpObject one) => Links.Contains(one.Kind) && !one.Name.EndsWith(" _RETURN", StringComparison.Ordinal);

    private static LakebaseException NotFound(string what, string pattern, IEnumerable<string> names) =>
        new LakebaseError(ErrorIds.ObjectNotFound, LakebaseErrorKind.NotFound, $"No {what} of the source matches '{pattern}'.")
        { Target = pattern, Remedy = NearestName.Some(pattern, names) }.ToException();
}
