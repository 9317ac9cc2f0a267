using System.Text;

namespace LakebaseOps.Build.Help;

/// <summary>An about_ topic: markdown in module/help/en-US, plain text for Get-Help.</summary>
public static class AboutTopic
{
    private const int Width = 78;

    /// <summary>
    /// The topic's text. Get-Help takes the fifth line as the topic's short description, so the page's first paragraph
    /// goes there as one line.
    /// </summary>
    public static string Render(string name, string markdown)
    {
        List<string> lines = [.. markdown.ReplaceLineEndings("\n").Split('\n').SkipWhile(line => line.Length == 0 || line.StartsWith("# ", StringComparison.Ordinal))];
        int length = lines.FindIndex(line => line.Length == 0) is var end and >= 0 ? end : lines.Count;
        string first = string.Join(' ', lines.Take(length).Select(PlainText.Inline));
        StringBuilder text = new($"TOPIC\n    {name}\n\nSHORT DESCRIPTION\n    {first}\n");
        bool inCode = false;
        List<string> paragraph = [];
        foreach (string line in lines.Skip(length).Append(""))
        {
            bool isFence = line.StartsWith("```", StringComparison.Ordinal);
            bool isItem = line.StartsWith("- ", StringComparison.Ordinal);
            bool isRow = line.StartsWith('|');
            if (inCode || isFence || isItem || isRow || line.Length == 0 || line.StartsWith('#'))
            {
                Wrap(text, paragraph);
                paragraph.Clear();
            }

            if (isFence)
                inCode = !inCode;
            else if (inCode)
                text.Append(line.Length == 0 ? "" : "        ").Append(line).Append('\n');
            else if (line.StartsWith('#'))
                text.Append(PlainText.Inline(line.TrimStart('#', ' ')).ToUpperInvariant()).Append('\n');
            else if (isRow)
                text.Append("    ").Append(PlainText.Inline(line)).Append('\n');
            else if (line.Length > 0)
                paragraph.Add(PlainText.Inline(line));
            else
                text.Append('\n');
        }

        return text.ToString().TrimEnd() + "\n";
    }

    private static void Wrap(StringBuilder text, List<string> paragraph)
    {
        if (paragraph.Count == 0)
            return;
        string hang = paragraph[0].StartsWith("- ", StringComparison.Ordinal) ? "      " : "    ";
        StringBuilder line = new("   ");
        foreach (string word in paragraph.SelectMany(part => part.Split(' ', StringSplitOptions.RemoveEmptyEntries)))
        {
            if (line.Length + 1 + word.Length > Width)
            {
                text.Append(line).Append('\n');
                line.Clear().Append(hang).Length--;
            }

            line.Append(' ').Append(word);
        }

        text.Append(line).Append('\n');
    }
}
