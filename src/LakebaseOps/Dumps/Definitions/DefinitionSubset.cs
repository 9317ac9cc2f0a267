using LakebaseOps.Operations;

namespace LakebaseOps.Dumps.Definitions;

/// <summary>A part of a definition that can stand by itself.</summary>
internal static class DefinitionSubset
{
    /// <summary>What is said of two relations at once and is left out where the other one is not chosen.</summary>
    private static readonly string[] Links = ["FK CONSTRAINT", "TABLE ATTACH", "INDEX ATTACH", "RULE", "TRIGGER", "POLICY"];

    /// <summary>Chosen tables or views, with their keys, indexes, sequences, privileges and partitions, and what these need.</summary>
    public static DatabaseDefinition Of(DatabaseDefinition whole, IReadOnlyCollection<TableName> tables) =>
        Close(whole, [.. tables], []);

    /// <summary>What a selection asks for; all of it when it asks for nothing.</summary>
    /// <exception cref="LakebaseException">ObjectNotFound: a name that nothing has.</exception>
    public static DatabaseDefinition Of(DatabaseDefinition whole, DumpSelection selection)
    {
        if (selection.Schemas.Count == 0 && selection.Tables.Count == 0)
            return whole;
        TableName[] relations = [.. whole.Objects.Select(one => one.Relation).OfType<TableName>().Distinct()];
        foreach (string pattern in selection.Tables.Where(pattern => !relations.Any(name => DumpTables.Matches(pattern, name))))
            throw NotFound("table", pattern);
        string[] schemas = [.. whole.Objects.Where(one => one.Kind == "SCHEMA").Select(one => one.Name)];
        foreach (string pattern in selection.Schemas.Where(pattern => !schemas.Any(name => Wildcard.Matches(pattern, name))))
            throw NotFound("schema", pattern);
        HashSet<TableName> tables = [.. relations.Where(name => DumpTables.IsChosen(name, selection))];
        IEnumerable<DumpObject> others = selection.Tables.Count > 0 ? [] : whole.Objects.Where(one => one.Relation is null
            && selection.Schemas.Any(pattern => Wildcard.Matches(pattern, one.Kind == "SCHEMA" ? one.Name : one.Schema)));
        return Close(whole, tables, others);
    }

    private static DatabaseDefinition Close(DatabaseDefinition whole, HashSet<TableName> tables, IEnumerable<DumpObject> others)
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
            foreach (DumpObject needed in one.NeedsObjects.SelectMany(key => byKey[key]))
                open.Push(needed);
            foreach (TableName table in IsLink(one) ? [] : one.Needs)
                Choose(table);
        }

        string Lost(DumpObject one) => $"{one.Kind.ToLowerInvariant()} {one.Schema}.{one.Name}: {string.Join(", ", one.Needs.Where(table => !known.Contains(table)))} is not chosen";
        string[] left = [.. chosen.Where(one => IsLink(one) && one.Needs.Any(table => !known.Contains(table))).Select(Lost)];
        chosen.RemoveWhere(one => IsLink(one) && one.Needs.Any(table => !known.Contains(table)));
        // What is said of an object that came along because it is needed: its comment, its privileges.
        HashSet<string> keys = [.. chosen.Select(one => one.Key)];
        return new DatabaseDefinition(
            [.. whole.Objects.Where(one => chosen.Contains(one)
                || (one.Kind is "COMMENT" or "ACL" && one.Relation is null && one.NeedsObjects.Count > 0 && one.NeedsObjects.All(keys.Contains)))],
            [.. whole.Tables.Where(table => known.Contains(table.Table))])
        { Left = [.. whole.Left, .. left] };
    }

    /// <summary>The rule _RETURN is a view itself.</summary>
    private static bool IsLink(DumpObject one) => Links.Contains(one.Kind) && !one.Name.EndsWith(" _RETURN", StringComparison.Ordinal);

    private static LakebaseException NotFound(string what, string pattern) =>
        new LakebaseError(ErrorIds.ObjectNotFound, LakebaseErrorKind.NotFound, $"No {what} of the database matches '{pattern}'.")
        { Target = pattern, Remedy = "Check the spelling; Get-LakebaseTable lists what there is." }.ToException();
}
