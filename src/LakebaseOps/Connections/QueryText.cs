using System.Text.RegularExpressions;

namespace LakebaseOps.Connections;

/// <summary>What can be said about a query without asking the server.</summary>
public static partial class QueryText
{
    /// <summary>
    /// True only for plain reads: after comments at its very beginning, whatever follows a semicolon begins with SELECT,
    /// VALUES, TABLE or SHOW, and the word INTO appears nowhere. Quotes and later comments are not recognized, which
    /// can only turn a read into a "may write". A function called by such a statement may still write; a read-only
    /// transaction excludes that too.
    /// </summary>
    public static bool IsPlainRead(string query)
    {
        ArgumentNullException.ThrowIfNull(query);
        string[] statements = [.. LeadingComments().Replace(query, "").Split(';').Select(part => part.Trim()).Where(part => part.Length > 0)];
        return statements.Length > 0 && statements.All(statement => Reads().IsMatch(statement)) && !Into().IsMatch(query);
    }

    /// <summary>The query on one line, cut to a length that fits a message.</summary>
    public static string Brief(string query)
    {
        string line = Spaces().Replace(query, " ").Trim();
        return line.Length <= 120 ? line : $"{line[..117]}...";
    }

    [GeneratedRegex(@"\A(\s+|--[^\n]*(\n|\z)|/\*.*?\*/)+", RegexOptions.Singleline)]
    private static partial Regex LeadingComments();

    [GeneratedRegex(@"^\(*\s*(SELECT|VALUES|TABLE|SHOW)\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Reads();

    [GeneratedRegex(@"\bINTO\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Into();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
