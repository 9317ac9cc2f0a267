using System.Text;

namespace LakebaseOps.Reports;

/// <summary>Makes any text safe inside HTML, SVG and XML, in elements and in quoted attributes.</summary>
internal static class Markup
{
    /// <summary>The text with the five characters that mean something written as entities, and what XML forbids replaced.</summary>
    public static string Escape(string text)
    {
        StringBuilder? escaped = null;
        for (int at = 0; at < text.Length; at++)
        {
            char character = text[at];
            string? entity = character switch
            {
                '&' => "&amp;",
                '<' => "&lt;",
                '>' => "&gt;",
                '"' => "&quot;",
                '\'' => "&#39;",
                '\t' or '\n' or '\r' => " ",
                < ' ' or '\uFFFE' or '\uFFFF' => "\uFFFD",
                _ when char.IsHighSurrogate(character) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]) => null,
                _ when char.IsLowSurrogate(character) && at > 0 && char.IsHighSurrogate(text[at - 1]) => null,
                _ when char.IsSurrogate(character) => "\uFFFD",
                _ => null,
            };
            if (entity is not null)
                (escaped ??= new StringBuilder(text, 0, at, text.Length + 16)).Append(entity);
            else
                escaped?.Append(character);
        }

        return escaped?.ToString() ?? text;
    }
}
