namespace LakebaseOps;

/// <summary>Lists of results as arrays: PowerShell takes <c>$list[0]</c> of other read-only lists for the whole list.</summary>
internal static class Indexable
{
    /// <summary>The list as an array.</summary>
    public static T[] Of<T>(IReadOnlyList<T>? list) => list as T[] ?? [.. list ?? []];
}
