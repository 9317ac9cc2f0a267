using System.Reflection;
using System.Text;

namespace LakebaseOps.Reports;

/// <summary>
/// Fills {{tokens}} of a text in one pass, so that a value which happens to hold "{{x}}" stays as it is. A token without
/// a value and a value without a token both fail.
/// </summary>
internal static class Template
{
    /// <summary>A text that lies in this assembly.</summary>
    public static string Asset(string name)
    {
        string resource = $"LakebaseOps.Reports.Assets.{name}";
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(resource)
            ?? throw ReportFault.Token(resource, "lacks the asset");
        using StreamReader reader = new(stream, Encoding.UTF8);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    /// <summary>The text with every token replaced.</summary>
    public static string Fill(string text, IReadOnlyDictionary<string, string> values)
    {
        StringBuilder filled = new(text.Length + values.Values.Sum(value => value.Length));
        HashSet<string> used = new(StringComparer.Ordinal);
        int at = 0;
        while (text.IndexOf("{{", at, StringComparison.Ordinal) is >= 0 and int start)
        {
            int end = text.IndexOf("}}", start, StringComparison.Ordinal);
            string name = end < 0 ? text[start..Math.Min(text.Length, start + 20)] : text[(start + 2)..end];
            if (end < 0 || !values.TryGetValue(name, out string? value))
                throw ReportFault.Token(name, "has no value for the token");
            filled.Append(text, at, start - at).Append(value);
            used.Add(name);
            at = end + 2;
        }

        filled.Append(text, at, text.Length - at);
        return values.Keys.FirstOrDefault(name => !used.Contains(name)) is string unused
            ? throw ReportFault.Token(unused, "does not use the value")
            : filled.ToString();
    }
}
