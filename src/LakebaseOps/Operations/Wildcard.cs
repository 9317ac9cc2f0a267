using System.Text.RegularExpressions;

namespace LakebaseOps.Operations;

/// <summary>Names with '*' and '?', matched without regard to case.</summary>
public static class Wildcard
{
    /// <summary>True when the text asks for more than the one name it spells.</summary>
    public static bool IsPattern(string text) => text.AsSpan().IndexOfAny('*', '?') >= 0;

    /// <summary>True when the name is what the pattern asks for.</summary>
    public static bool Matches(string pattern, string name) => Regex.IsMatch(
        name,
        $"^{Regex.Escape(pattern).Replace("\\*", ".*", StringComparison.Ordinal).Replace("\\?", ".", StringComparison.Ordinal)}$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.Singleline);
}
