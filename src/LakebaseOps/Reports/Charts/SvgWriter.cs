using System.Globalization;
using System.Text;

namespace LakebaseOps.Reports.Charts;

/// <summary>Where a text stands relative to its point.</summary>
internal enum Anchor
{
    Start,
    Middle,
    End,
}

/// <summary>A finished drawing.</summary>
/// <param name="Width">Width of its view box.</param>
/// <param name="Svg">The element.</param>
internal sealed record ChartPanel(int Width, string Svg);

/// <summary>
/// Writes one SVG element. Looks come from classes alone (the page's security policy forbids style attributes); every
/// text is escaped here and every number must be finite.
/// </summary>
internal sealed class SvgWriter
{
    private readonly StringBuilder _text = new(4096);
    private readonly Stack<string> _open = new();

    /// <summary>Begins a drawing.</summary>
    /// <param name="id">Unique in the page.</param>
    /// <param name="width">Width of the view box.</param>
    /// <param name="height">Height of the view box.</param>
    /// <param name="title">What it is.</param>
    /// <param name="description">What it says, for who cannot see it.</param>
    public SvgWriter(string id, int width, int height, string title, string description)
    {
        Width = width;
        string safe = Markup.Escape(id);
        _text.Append(CultureInfo.InvariantCulture, $"""
            <svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img" aria-labelledby="{safe}-t {safe}-d" width="{width}" height="{height}" viewBox="0 0 {width} {height}">
            <title id="{safe}-t">{Markup.Escape(title)}</title><desc id="{safe}-d">{Markup.Escape(description)}</desc>

            """);
    }

    /// <summary>Width of the view box.</summary>
    public int Width { get; }

    /// <summary>Begins a group.</summary>
    /// <param name="classes">Its classes.</param>
    /// <param name="of">What every tip inside it is of: said once, shown before each.</param>
    public void Open(string classes, string? of = null)
    {
        _open.Push("g");
        _text.Append(CultureInfo.InvariantCulture, $"<g class=\"{classes}\"");
        if (of is not null)
            _text.Append(" data-of=\"").Append(Markup.Escape(of)).Append('"');
        _text.Append('>');
    }

    /// <summary>Ends the innermost group.</summary>
    public void Close() => _text.Append("</").Append(_open.Pop()).Append(">\n");

    /// <summary>A straight line.</summary>
    public void Line(double x1, double y1, double x2, double y2, string classes) => _text.Append(
        CultureInfo.InvariantCulture, $"<line x1=\"{At(x1)}\" y1=\"{At(y1)}\" x2=\"{At(x2)}\" y2=\"{At(y2)}\" class=\"{classes}\"/>");

    /// <summary>A rectangle.</summary>
    public void Rect(double x, double y, double width, double height, string classes, string? tip = null, double round = 0)
    {
        _text.Append(CultureInfo.InvariantCulture,
            $"<rect x=\"{At(x)}\" y=\"{At(y)}\" width=\"{At(Math.Max(0, width))}\" height=\"{At(Math.Max(0, height))}\" class=\"{classes}\"");
        if (round > 0)
            _text.Append(CultureInfo.InvariantCulture, $" rx=\"{At(round)}\"");
        Finish(tip);
    }

    /// <summary>A circle.</summary>
    public void Circle(double x, double y, double radius, string classes, string? tip = null)
    {
        _text.Append(CultureInfo.InvariantCulture, $"<circle cx=\"{At(x)}\" cy=\"{At(y)}\" r=\"{At(radius)}\" class=\"{classes}\"");
        Finish(tip);
    }

    /// <summary>The same character at several places of one line.</summary>
    public void Repeat(IReadOnlyCollection<double> places, double y, string character, string classes) => _text.Append(
        CultureInfo.InvariantCulture,
        $"<text x=\"{string.Join(' ', places.Select(At))}\" y=\"{At(y)}\" class=\"{classes}\" text-anchor=\"middle\">{string.Concat(Enumerable.Repeat(character, places.Count))}</text>");

    /// <summary>A path made by <see cref="Points"/>, <see cref="Area"/> or a marker.</summary>
    public void Path(string data, string classes, string? tip = null)
    {
        _text.Append(CultureInfo.InvariantCulture, $"<path d=\"{data}\" class=\"{classes}\"");
        Finish(tip);
    }

    /// <summary>A text on one line.</summary>
    public void Text(double x, double y, string text, string classes, Anchor anchor = Anchor.Start, double rotate = 0)
    {
        _text.Append(CultureInfo.InvariantCulture, $"<text x=\"{At(x)}\" y=\"{At(y)}\" class=\"{classes}\"");
        if (anchor != Anchor.Start)
            _text.Append(anchor == Anchor.Middle ? " text-anchor=\"middle\"" : " text-anchor=\"end\"");
        if (rotate != 0)
            _text.Append(CultureInfo.InvariantCulture, $" transform=\"rotate({At(rotate)} {At(x)} {At(y)})\"");
        _text.Append('>').Append(Markup.Escape(text)).Append("</text>");
    }

    /// <summary>A text that fits its room, shortened in the middle where needed, with the whole of it as a tip.</summary>
    public void Label(double x, double y, string text, double room, string classes, Anchor anchor = Anchor.Start)
    {
        string shown = TextWidth.Fit(text, room);
        if (shown == text)
        {
            Text(x, y, text, classes, anchor);
            return;
        }

        _text.Append(CultureInfo.InvariantCulture, $"<g data-tip=\"{Markup.Escape(text)}\">");
        Text(x, y, shown, classes, anchor);
        _text.Append("</g>");
    }

    /// <summary>Path data of a line through points.</summary>
    public static string Points(IEnumerable<(double X, double Y)> points)
    {
        StringBuilder data = new();
        foreach ((double x, double y) in points)
            data.Append(data.Length == 0 ? 'M' : 'L').Append(At(x)).Append(' ').Append(At(y));
        return data.ToString();
    }

    /// <summary>Path data of the area between two lines over the same places.</summary>
    public static string Area(IReadOnlyList<(double X, double Y)> upper, IReadOnlyList<(double X, double Y)> lower) =>
        $"{Points(upper.Concat(lower.Reverse()))}Z";

    /// <summary>The drawing.</summary>
    public ChartPanel Finish()
    {
        while (_open.Count > 0)
            Close();
        return new ChartPanel(Width, _text.Append("</svg>").ToString());
    }

    /// <summary>A coordinate: one decimal is a tenth of a pixel.</summary>
    internal static string At(double value) => double.IsFinite(value)
        ? Math.Round(value, 1).ToString("0.#", CultureInfo.InvariantCulture)
        : throw ReportFault.NotFinite();

    private void Finish(string? tip)
    {
        if (tip is not null)
            _text.Append(" data-tip=\"").Append(Markup.Escape(tip)).Append('"');
        _text.Append("/>");
    }
}
