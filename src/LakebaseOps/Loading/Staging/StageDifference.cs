namespace LakebaseOps.Loading.Staging;

/// <summary>
/// Compares a stage with the table whose place it is to take, as both are under their locks: what somebody has changed of the
/// table since the stage was made must not be lost in silence.
/// </summary>
internal static class StageDifference
{
    /// <summary>Refuses a stage that is no longer like its table.</summary>
    /// <exception cref="LakebaseException">LoadChanged.</exception>
    public static void Check(TableDefinition live, TableDefinition stage)
    {
        string[] differences = [.. List(live, stage)];
        if (differences.Length == 0)
            return;
        throw new LakebaseError(ErrorIds.LoadChanged, LakebaseErrorKind.InvalidState,
            $"{live.Name} was altered while it was loaded: {string.Join("; ", differences.Take(5))}. Nothing was swapped.")
        {
            Target = live.Name.ToString(),
            Remedy = "Load it again with -Restart: the stage table is then made like the table is now.",
        }.ToException();
    }

    private static IEnumerable<string> List(TableDefinition live, TableDefinition stage)
    {
        // Identity columns: where a sequence stands is carried over, its options are part of the column.
        string[] columns = [.. live.Columns.Select(Written)];
        string[] staged = [.. stage.Columns.Select(Written)];
        if (!columns.SequenceEqual(staged))
        {
            yield return columns.Except(staged).FirstOrDefault() is string now ? $"column {now}"
                : staged.Except(columns).FirstOrDefault() is string former ? $"without column {former}" : "the order of its columns";
        }

        // An invalid index of the table is a valid one of the stage.
        foreach (string difference in Sides(
            live.Indexes.ToDictionary(index => LoadNames.StageIndex(live.Name, index.Name), index => Written(index with { IsValid = true })), stage.Indexes.ToDictionary(index => index.Name, Written), "index"))
            yield return difference;
        foreach (string difference in Sides(Constraints(live, live.Name), Constraints(stage, live.Name), "constraint"))
            yield return difference;
    }

    private static IEnumerable<string> Sides(Dictionary<string, string> live, Dictionary<string, string> stage, string what)
    {
        foreach ((string name, string written) in live)
        {
            if (stage.GetValueOrDefault(name) != written)
                yield return $"{what} {written}";
        }

        foreach (string name in stage.Keys.Except(live.Keys))
            yield return $"without {what} {stage[name]}";
    }

    /// <summary>Checks and foreign keys; what has an index of its own is compared as one. The stage's are valid whatever the table's are.</summary>
    private static Dictionary<string, string> Constraints(TableDefinition table, TableName itself) => table.Constraints
        .Where(constraint => constraint.Kind is "check" or "foreign key")
        .ToDictionary(
            constraint => constraint.Name,
            constraint => StageIndexes.Redirect(Tail(constraint.Definition, " NOT VALID"), table.Name, itself));

    private static string Written(ColumnDefinition column) =>
        $"{column.Name} {column.Type} {column.Collation} {(column.NotNull ? "NOT NULL" : "NULL")} {column.Default} {column.Identity} {column.IdentityOptions} {column.IsGenerated}";

    private static string Written(IndexDefinition index) =>
        $"{(index.IsValid ? "" : "INVALID ")}{(index.IsPrimary ? "PRIMARY " : index.IsUnique ? "UNIQUE " : "")}{(index.Constraint is null ? "" : "CONSTRAINT ")}{index.Clause}";

    private static string Tail(string text, string end) => text.EndsWith(end, StringComparison.Ordinal) ? text[..^end.Length] : text;
}
