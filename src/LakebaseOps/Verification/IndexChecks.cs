using LakebaseOps.Indexing;

namespace LakebaseOps.Verification;

/// <summary>The checks of a table's indexes.</summary>
internal static class IndexChecks
{
    /// <summary>A primary key is there and valid.</summary>
    public static Finding PrimaryKey(IReadOnlyList<ExistingIndex> indexes, TestTableOptions options)
    {
        const string Expected = "a valid primary key";
        ExistingIndex? key = indexes.FirstOrDefault(index => index.IsPrimary);
        if (key is null && options.KeyColumn is { Count: > 0 })
            return Finding.Skip("there is none; the key is checked in the rows themselves");
        return key is null
            ? Finding.Require(false, Expected, "none", "Build-LakebaseIndex -Columns … -PrimaryKey makes one.")
            : Finding.Require(key.IsValid, Expected, key.IsValid ? $"{key.Name} {key.Clause}" : $"{key.Name} is invalid",
                "Build-LakebaseIndex rebuilds it.");
    }

    /// <summary>Every index can be used.</summary>
    public static Finding InvalidIndex(IReadOnlyList<ExistingIndex> indexes)
    {
        ExistingIndex[] invalid = [.. indexes.Where(index => !index.IsValid)];
        if (invalid.Length > 0 && invalid.All(index => index.IsBeingBuilt))
        {
            return Finding.Prefer(false, "no invalid index", $"being built: {Names(invalid)}", "Wait until it is done.");
        }

        return Finding.Require(invalid.Length == 0, "no invalid index",
            invalid.Length == 0 ? $"{indexes.Count} valid" : Names(invalid),
            "Build-LakebaseIndex rebuilds its own; add -Force for others, or drop them.");
    }

    /// <summary>A valid unique index that keeps duplicates of these very columns out, or null.</summary>
    public static ExistingIndex? Guard(IReadOnlyList<ExistingIndex> indexes, IReadOnlyList<string> columns)
    {
        string[] clauses = [.. Lists(columns).Select(list => $"USING btree ({list})")];
        return indexes.FirstOrDefault(index => index.IsValid && index.IsUnique && clauses.Contains(index.Clause, StringComparer.Ordinal));
    }

    // The catalog quotes a name only where it must.
    private static IEnumerable<string> Lists(IReadOnlyList<string> columns) =>
        [string.Join(", ", columns), string.Join(", ", columns.Select(TableName.Quote))];

    private static string Names(IEnumerable<ExistingIndex> indexes) => string.Join(", ", indexes.Select(index => index.Name));
}
