using System.Text;
using System.Text.RegularExpressions;

namespace LakebaseOps.Build.Help;

/// <summary>The list of error ids for about_LakebaseOps_Errors, made from the one file that declares them.</summary>
public static partial class ErrorIdList
{
    /// <summary>Where the list goes in a page.</summary>
    private const string Mark = "<!-- error ids -->";

    /// <summary>A page with the list in the place of the mark; a page without the mark stays as it is.</summary>
    public static string Insert(string page) => page.Contains(Mark, StringComparison.Ordinal)
        ? page.Replace(Mark, List(File.ReadAllText(Repository.At("src", "LakebaseOps.Shared", "Operations", "ErrorIds.cs"))), StringComparison.Ordinal)
        : page;

    private static string List(string source)
    {
        StringBuilder list = new();
        foreach (Match match in Declaration().Matches(source.ReplaceLineEndings("\n")))
        {
            string group = match.Groups["group"].Value;
            if (group.Length > 0)
                list.Append(list.Length == 0 ? "" : "\n").Append("### ").Append(group).Append("\n\n");
            string summary = string.Join(' ', match.Groups["summary"].Value.Split('\n').Select(line => line.Trim().TrimStart('/').Trim()));
            list.Append("- `").Append(match.Groups["id"].Value).Append("`: ").Append(summary.Trim()).Append('\n');
        }

        return list.ToString().TrimEnd();
    }

    [GeneratedRegex(@"(?:^ *// (?<group>[^\n]+)\n\s*)?^ */// <summary>(?<summary>(?:(?!</summary>).)*)</summary>\n *public const string \w+ = ""(?<id>[^""]+)"";", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Declaration();
}
