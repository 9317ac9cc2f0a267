namespace LakebaseOps.Workflows;

/// <summary>Finds what somebody probably meant to type.</summary>
internal static class NearestName
{
    /// <summary>A remedy that names the nearest of the known names, or lists them when none is near.</summary>
    public static string Remedy(string typed, IEnumerable<string> known)
    {
        string[] names = [.. known.Order(StringComparer.OrdinalIgnoreCase)];
        string? nearest = names.MinBy(name => Distance(typed, name));
        return nearest is not null && Distance(typed, nearest) <= Math.Max(2, nearest.Length / 3)
            ? $"Did you mean '{nearest}'?"
            : $"Known are: {string.Join(", ", names)}.";
    }

    /// <summary>A remedy that names the nearest of many names.</summary>
    public static string Some(string typed, IEnumerable<string> known)
    {
        string[] nearest = [.. known.Distinct(StringComparer.Ordinal).OrderBy(name => Distance(typed, name)).ThenBy(name => name, StringComparer.Ordinal).Take(5)];
        return nearest.Length == 0 ? "There is none at all." : $"Nearest are: {string.Join(", ", nearest)}.";
    }

    /// <summary>Edits (insert, delete, replace) from one name to the other, case ignored (Levenshtein).</summary>
    private static int Distance(string left, string right)
    {
        int[] row = [.. Enumerable.Range(0, right.Length + 1)];
        for (int i = 1; i <= left.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= right.Length; j++)
            {
                int replace = diagonal + (char.ToUpperInvariant(left[i - 1]) == char.ToUpperInvariant(right[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replace, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}
