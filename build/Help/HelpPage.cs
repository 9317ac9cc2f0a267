using System.Text;
using System.Text.RegularExpressions;

namespace LakebaseOps.Build.Help;

/// <summary>The help of one cmdlet as written in module/help/en-US/Verb-Noun.md.</summary>
public sealed partial record HelpPage(string Name)
{
    public string Synopsis { get; init; } = "";

    public string Description { get; init; } = "";

    public IReadOnlyList<HelpExample> Examples { get; init; } = [];

    /// <summary>Descriptions of parameters by name, without the hyphen.</summary>
    public IReadOnlyDictionary<string, string> Parameters { get; init; } = new Dictionary<string, string>();

    public string Inputs { get; init; } = "";

    public string Outputs { get; init; } = "";

    public string Notes { get; init; } = "";

    /// <summary>Texts and addresses; a related command or topic has no address.</summary>
    public IReadOnlyList<(string Text, string? Address)> Links { get; init; } = [];

    /// <summary>Reads a page; sections may be missing or in any order.</summary>
    public static HelpPage Read(string path) => Parse(File.ReadAllText(path), Path.GetFileNameWithoutExtension(path));

    /// <summary>Reads a page's text.</summary>
    public static HelpPage Parse(string text, string name)
    {
        Dictionary<string, string> sections = Split(WithoutFrontMatter(text), "## ")
            .GroupBy(section => section.Heading.ToUpperInvariant())
            .ToDictionary(group => group.Key, group => string.Join("\n\n", group.Select(section => section.Body)));
        string Section(params string[] headings) =>
            headings.Select(heading => sections.GetValueOrDefault(heading)).FirstOrDefault(body => body is not null) ?? "";

        return new HelpPage(name)
        {
            Synopsis = Section("SYNOPSIS"),
            Description = Section("DESCRIPTION"),
            Examples = [.. Split(Section("EXAMPLES", "EXAMPLE"), "### ").Select(part => Example(part.Heading, part.Body))],
            Parameters = Split(Section("PARAMETERS"), "### ")
                .SelectMany(part => part.Heading.Split(',', StringSplitOptions.TrimEntries), (part, heading) => (heading, part.Body))
                .GroupBy(part => part.heading.Trim('`').TrimStart('-'), StringComparer.OrdinalIgnoreCase)
                .ToDictionary(group => group.Key, group => WithoutYaml(group.First().Body), StringComparer.OrdinalIgnoreCase),
            Inputs = Section("INPUTS"),
            Outputs = Section("OUTPUTS"),
            Notes = Section("NOTES"),
            Links = [.. Section("RELATED LINKS", "LINKS").Split('\n').Select(Link).Where(link => link.Text.Length > 0)],
        };
    }

    // A line that begins with the mark opens a part, unless it stands in a code block.
    private static IEnumerable<(string Heading, string Body)> Split(string text, string mark)
    {
        string? heading = null;
        StringBuilder body = new();
        bool inCode = false;
        foreach (string line in text.ReplaceLineEndings("\n").Split('\n'))
        {
            inCode ^= line.StartsWith("```", StringComparison.Ordinal);
            if (!inCode && line.StartsWith(mark, StringComparison.Ordinal))
            {
                if (heading is not null)
                    yield return (heading, body.ToString().Trim('\n', ' '));
                heading = line[mark.Length..].Trim();
                body.Clear();
            }
            else
            {
                body.Append(line).Append('\n');
            }
        }

        if (heading is not null)
            yield return (heading, body.ToString().Trim('\n', ' '));
    }

    private static HelpExample Example(string heading, string body)
    {
        MatchCollection blocks = CodeBlock().Matches(body);
        return new HelpExample(
            ExampleNumber().Replace(heading, ""),
            blocks.Count == 0 ? "" : blocks[0].Groups["code"].Value.TrimEnd(),
            (blocks.Count == 0 ? body : body.Remove(blocks[0].Index, blocks[0].Length)).Trim('\n', ' '));
    }

    private static (string Text, string? Address) Link(string line)
    {
        string text = line.Trim().TrimStart('-', '*', ' ');
        Match match = MarkdownLink().Match(text);
        if (!match.Success)
            return (text.Trim('`'), null);
        string address = match.Groups["address"].Value;
        // A link from page to page makes sense in the repository only; Get-Help finds the name.
        return (match.Groups["text"].Value.Trim('`'), address.StartsWith("http", StringComparison.Ordinal) ? address : null);
    }

    private static string WithoutFrontMatter(string text) => FrontMatter().Replace(text, "");

    private static string WithoutYaml(string text) => YamlBlock().Replace(text, "").Trim('\n', ' ');

    [GeneratedRegex(@"^```[ \t]*(?:powershell|pwsh|ps1)?[ \t]*\n(?<code>.*?)\n```[ \t]*$", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.IgnoreCase)]
    private static partial Regex CodeBlock();

    [GeneratedRegex(@"^```yaml\n.*?\n```[ \t]*$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex YamlBlock();

    [GeneratedRegex(@"^example\s*\d*\s*[:.\-]*\s*", RegexOptions.IgnoreCase)]
    private static partial Regex ExampleNumber();

    [GeneratedRegex(@"\[(?<text>[^\]]+)\]\((?<address>[^)]*)\)")]
    private static partial Regex MarkdownLink();

    [GeneratedRegex(@"\A---\n.*?\n---\n", RegexOptions.Singleline)]
    private static partial Regex FrontMatter();
}

/// <summary>An example of a help page.</summary>
public sealed record HelpExample(string Title, string Code, string Text);
