using System.Text.RegularExpressions;
using LakebaseOps.Build.Help;

namespace LakebaseOps.PowerShell.Tests.Conventions;

/// <summary>
/// A rough look at PowerShell code: are brackets and quotes balanced, and do our commands and their parameters exist? The
/// real parser looks at the same code in tests/acceptance.
/// </summary>
internal static partial class ExampleCode
{
    /// <summary>The blocks of PowerShell in a markdown text.</summary>
    public static IEnumerable<string> Blocks(string markdown) => CodeBlock().Matches(markdown).Select(match => match.Groups["code"].Value);

    public static IEnumerable<string> Problems(string code, IReadOnlyList<CmdletShape> cmdlets)
    {
        string bare = Bare(code, out string? unbalanced);
        if (unbalanced is not null)
            yield return unbalanced;
        foreach (Match match in Command().Matches(bare))
        {
            CmdletShape? cmdlet = cmdlets.FirstOrDefault(one => one.Name.Equals(match.Groups["name"].Value, StringComparison.OrdinalIgnoreCase));
            if (cmdlet is null)
            {
                yield return $"there is no {match.Groups["name"].Value}";
                continue;
            }

            foreach (string name in Parameter().Matches(match.Groups["rest"].Value).Select(parameter => parameter.Groups["name"].Value))
            {
                if (!Common.Contains(name) && !cmdlet.Parameters.Any(parameter => parameter.Aliases.Append(parameter.Name).Contains(name, StringComparer.OrdinalIgnoreCase)))
                    yield return $"{cmdlet.Name} has no -{name}";
            }
        }
    }

    private static readonly HashSet<string> Common = new(StringComparer.OrdinalIgnoreCase)
    {
        "Verbose", "Debug", "ErrorAction", "ErrorVariable", "WarningAction", "WarningVariable", "InformationAction",
        "InformationVariable", "OutVariable", "OutBuffer", "PipelineVariable", "ProgressAction",
    };

    // The code without texts, comments and what stands in brackets: those are other commands' business, and are looked at
    // by the same expression where they begin with one of ours.
    private static string Bare(string code, out string? unbalanced)
    {
        string text = HereString().Replace(code, "''");
        text = Quoted().Replace(text, "''");
        text = Comment().Replace(text, "");
        text = text.Replace("`\n", " ", StringComparison.Ordinal).Replace("|\n", "| ", StringComparison.Ordinal);
        unbalanced = null;
        foreach ((char open, char close) in new[] { ('(', ')'), ('{', '}'), ('[', ']') })
        {
            if (text.Count(character => character == open) != text.Count(character => character == close))
                unbalanced = $"{open} and {close} are not balanced";
        }

        if (text.Replace("''", "", StringComparison.Ordinal).AsSpan().IndexOfAny('\'', '"') >= 0)
            unbalanced = "a quote is not closed";
        return text;
    }

    [GeneratedRegex(@"^```powershell[ \t]*\n(?<code>.*?)\n```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex CodeBlock();

    [GeneratedRegex(@"(?<name>[A-Z][A-Za-z]+-Lakebase[A-Za-z]*)(?<rest>[^|;\n(){}]*)")]
    private static partial Regex Command();

    [GeneratedRegex(@"(?<=\s)-(?<name>[A-Za-z]\w*)")]
    private static partial Regex Parameter();

    [GeneratedRegex("@(['\"])\\n.*?\\n\\1@", RegexOptions.Singleline)]
    private static partial Regex HereString();

    [GeneratedRegex("'(?:[^']|'')*'|\"(?:[^\"`]|`.|\"\")*\"", RegexOptions.Singleline)]
    private static partial Regex Quoted();

    [GeneratedRegex(@"(?<=^|\s)#.*$", RegexOptions.Multiline)]
    private static partial Regex Comment();
}
