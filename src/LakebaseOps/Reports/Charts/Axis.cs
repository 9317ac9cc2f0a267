namespace LakebaseOps.Reports.Charts;

/// <summary>The rectangle between the axes.</summary>
internal readonly record struct Frame(double Left, double Top, double Right, double Bottom)
{
    /// <summary>Left to right.</summary>
    public double Width => Right - Left;

    /// <summary>Top to bottom.</summary>
    public double Height => Bottom - Top;
}

/// <summary>Draws axes: faint grid lines, labels that never overlap, the unit said once.</summary>
internal static class Axis
{
    /// <summary>Grid lines up from the bottom and labels under them.</summary>
    /// <param name="svg">Where to draw.</param>
    /// <param name="frame">The rectangle.</param>
    /// <param name="scale">The values.</param>
    /// <param name="ticks">About how many ticks.</param>
    /// <param name="title">What the values are and their unit.</param>
    /// <param name="label">How a tick is written.</param>
    public static void Bottom(SvgWriter svg, Frame frame, Scale scale, int ticks, string title, Func<double, string>? label = null)
    {
        double free = double.NegativeInfinity;
        IReadOnlyList<double> marks = scale.Ticks(ticks);
        svg.Path(string.Concat(marks.Select(tick => $"M{SvgWriter.At(scale.Map(tick))} {SvgWriter.At(frame.Top)}V{SvgWriter.At(frame.Bottom)}")), "gl");
        foreach (double tick in marks)
        {
            double x = scale.Map(tick);
            string text = (label ?? Quantity.Tick)(tick);
            double half = TextWidth.Of(text) / 2;
            x = Math.Min(x, svg.Width - half);
            if (x - half < free)
                continue;
            svg.Text(x, frame.Bottom + 16, text, "ax", Anchor.Middle);
            free = x + half + 6;
        }

        if (title.Length > 0)
            svg.Text((frame.Left + frame.Right) / 2, frame.Bottom + 34, title, "at", Anchor.Middle);
    }

    /// <summary>Grid lines from the left and labels before them; the title stands above.</summary>
    public static void Left(SvgWriter svg, Frame frame, Scale scale, int ticks, string title, Func<double, string>? label = null)
    {
        double free = double.PositiveInfinity;
        IReadOnlyList<double> marks = scale.Ticks(ticks);
        svg.Path(string.Concat(marks.Select(tick => $"M{SvgWriter.At(frame.Left)} {SvgWriter.At(scale.Map(tick))}H{SvgWriter.At(frame.Right)}")), "gl");
        foreach (double tick in marks)
        {
            double y = scale.Map(tick);
            if (y > free)
                continue;
            svg.Text(frame.Left - 7, y + 4, (label ?? Quantity.Tick)(tick), "ax", Anchor.End);
            free = y - 13;
        }

        if (title.Length > 0)
            svg.Text(0, frame.Top - 10, title, "at");
    }
}
