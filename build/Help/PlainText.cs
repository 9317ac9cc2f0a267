using System.Text;
using System.Text.RegularExpressions;

namespace LakebaseOps.Build.Help;

/// <summary>Makes of markdown what reads well on a console.</summary>
public static partial class PlainText
{
    /// <summary>The paragraphs of a text: lines of one are joined, list items and code lines stay lines of their own.</summary>
    public static IReadOnlyList<string> Paragraphs(string markdown)
    {
        List<string> paragraphs = [];
        StringBuilder current = new();
        bool inCode = false;
        void End()
        {
            if (current.Length > 0)
                paragraphs.Add(current.ToString());
            current.Clear();
        }

        foreach (string line in markdown.ReplaceLineEndings("\n").Split('\n'))
        {
            if (line.StartsWith("```", StringComparison.Ordinal))
            {
                End();
                inCode = !inCode;
            }
            else if (inCode)
            {
                current.Append(current.Length == 0 ? "" : "\n").Append("    ").Append(line);
            }
            else if (line.Trim().Length == 0)
            {
                End();
            }
            else if (ListItem().IsMatch(line) || TableRow().IsMatch(line) || line.StartsWith('#'))
            {
                // One paragraph for the whole list, a line for each item.
                current.Append(current.Length == 0 ? "" : "\n").Append(Inline(line.TrimEnd()));
            }
            else
            {
                current.Append(current.Length == 0 ? "" : " ").Append(Inline(line.Trim()));
            }
        }

        End();
        return paragraphs;
    }

    /// <summary>A line without markdown's marks.</summary>
    public static string Inline(string line)
    {
        string text = MarkdownLink().Replace(line, match => match.Groups["address"].Value.StartsWith("http", StringComparison.Ordinal)
            ? $"{match.Groups["text"].Value} ({match.Groups["address"].Value})"
            : match.Groups["text"].Value);
        return Strong().Replace(text, "$1").Replace("`", "", StringComparison.Ordinal);
    }

    [GeneratedRegex(@"^\s*([-*]|\d+\.)\s")]
    private static partial Regex ListItem();

    [GeneratedRegex(@"^\s*\|")]
    private static partial Regex TableRow();

    [GeneratedRegex(@"\[(?<text>[^\]]+)\]\((?<address>[^)]*)\)")]
    private static partial Regex MarkdownLink();

    [GeneratedRegex(@"\*\*([^*]+)\*\*")]
    private static partial Regex Strong();
}
