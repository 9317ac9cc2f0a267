namespace LakebaseOps.Reports.Charts;

/// <summary>How wide a text may be, without a font at hand: a little on the wide side of the usual system fonts.</summary>
internal static class TextWidth
{
    /// <summary>Size of text in charts, in units of the view box.</summary>
    public const double Size = 12;

    /// <summary>Estimated width.</summary>
    public static double Of(string text, double size = Size) => text.Sum(character => character switch
    {
        'i' or 'j' or 'l' or '.' or ',' or ':' or ';' or '\'' or '|' or '!' => 0.32,
        'f' or 'r' or 't' or ' ' or '(' or ')' or '[' or ']' or '-' => 0.4,
        'm' or 'w' or 'M' or 'W' or '%' or '@' => 0.92,
        >= 'A' and <= 'Z' => 0.7,
        < '\u1100' => 0.6,
        _ => 1.0,
    }) * size;

    /// <summary>The text, or its beginning and end around an ellipsis when it is too wide.</summary>
    public static string Fit(string text, double room, double size = Size)
    {
        if (Of(text, size) <= room)
            return text;
        // The end tells sibling tables apart (…__30d, …__365d), so it is kept as well as the beginning.
        for (int kept = text.Length - 1; kept > 2; kept--)
        {
            int head = (kept + 1) / 2, tail = kept - head;
            if (char.IsHighSurrogate(text[head - 1]) || (tail > 0 && char.IsLowSurrogate(text[^tail])))
                continue;
            string shown = $"{text[..head]}…{(tail > 0 ? text[^tail..] : "")}";
            if (Of(shown, size) <= room)
                return shown;
        }

        return "…";
    }
}
