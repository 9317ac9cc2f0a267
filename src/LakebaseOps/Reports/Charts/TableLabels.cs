namespace LakebaseOps.Reports.Charts;

/// <summary>Names of tables in charts: what all begin with is said once in the caption.</summary>
internal sealed class TableLabels
{
    /// <summary>Width that labels take at most.</summary>
    public const double Room = 300;

    /// <summary>Takes full names.</summary>
    public TableLabels(IEnumerable<string> names)
    {
        Names = [.. names];
        string common = Names.Count < 2 ? "" : Names.Aggregate(Shared);
        // Only whole words of a name are left out, and at least something must remain of each.
        int end = common.LastIndexOfAny(['.', '_']) + 1;
        while (end > 0 && Names.Any(name => name.Length <= end))
            end = end < 2 ? 0 : common.LastIndexOfAny(['.', '_'], end - 2) + 1;
        Prefix = common[..end];
        Short = [.. Names.Select(name => name[end..])];
        Width = Math.Min(Room, Short.Count == 0 ? 0 : Short.Max(name => TextWidth.Of(name)));
    }

    /// <summary>The full names.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>What is left out of every name.</summary>
    public string Prefix { get; }

    /// <summary>The rest of each name.</summary>
    public IReadOnlyList<string> Short { get; }

    /// <summary>Width of the widest label.</summary>
    public double Width { get; }

    /// <summary>A sentence for the caption, with a space before it; empty when nothing is left out.</summary>
    public string Note => Prefix.Length == 0 ? "" : $" Names are shown without their common beginning “{Prefix}”.";

    /// <summary>Draws the label of a row, ending at a place.</summary>
    public void Draw(SvgWriter svg, int row, double right, double y) => svg.Label(right, y, Short[row], Room, "lb", Anchor.End);

    private static string Shared(string first, string second)
    {
        int at = 0;
        while (at < first.Length && at < second.Length && first[at] == second[at])
            at++;
        return first[..at];
    }
}
