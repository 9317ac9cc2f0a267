namespace LakebaseOps.Reports.Charts;

/// <summary>How parts of requests and phases of loads look: a fill each, always with its name beside it.</summary>
internal static class ComponentLook
{
    private static readonly string[] Fills = ["ph a", "ph b", "ph c", "ph d", "ph e", "ph f", "ph g", "ph h", "ph i"];

    /// <summary>The class of the part at a place in the list of all parts.</summary>
    public static string Class(IReadOnlyList<string> all, string part)
    {
        for (int at = 0; at < all.Count; at++)
        {
            if (all[at] == part)
                return Fills[at % Fills.Length];
        }

        return "ph f";
    }

    /// <summary>Legend of all parts.</summary>
    public static IReadOnlyList<LegendEntry> Legend(IReadOnlyList<string> all) =>
        Charts.Legend.Boxes(all.Select(part => (Words(part), Class(all, part))));

    /// <summary>PoolWait as "Pool wait".</summary>
    public static string Words(string part) => string.Concat(part.Select((character, at) =>
        at > 0 && char.IsUpper(character) ? $" {char.ToLowerInvariant(character)}" : character.ToString()));
}
