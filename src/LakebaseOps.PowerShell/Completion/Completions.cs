using System.Management.Automation;

namespace LakebaseOps.Completion;

/// <summary>Makes completion results of plain texts.</summary>
internal static class Completions
{
    /// <summary>The texts that begin with the word, quoted where PowerShell needs it.</summary>
    public static IEnumerable<CompletionResult> Matching(string? word, IEnumerable<string> texts)
    {
        string typed = (word ?? "").Trim('\'', '"');
        return texts
            .Where(text => text.StartsWith(typed, StringComparison.OrdinalIgnoreCase))
            .Select(text => new CompletionResult(Written(text), text, CompletionResultType.ParameterValue, text));
    }

    /// <summary>A text as it is to be typed: PowerShell ends one at typographic quotes, too, and takes a dash in front for a parameter.</summary>
    internal static string Written(string text) =>
        text.All(character => char.IsLetterOrDigit(character) || character is '_' or '.' or '-' or '/') && !text.StartsWith('-')
            ? text
            : $"'{string.Concat(text.Select(character => character is '\'' or >= '\u2018' and <= '\u201B' ? $"{character}{character}" : $"{character}"))}'";
}
