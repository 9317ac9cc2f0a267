using LakebaseOps.Latency;

namespace LakebaseOps.Reports.Charts;

/// <summary>The frame that charts with one row for each mode share: names on the left, one value axis below.</summary>
internal sealed class ModeRows
{
    private readonly CellGroup _group;
    private readonly int _rowHeight;

    /// <summary>Measures the rows of a group.</summary>
    /// <param name="group">The cells.</param>
    /// <param name="width">Width of the drawing.</param>
    /// <param name="rowHeight">Height of one row.</param>
    /// <param name="words">Room to keep free on the right of the axis.</param>
    public ModeRows(CellGroup group, int width, int rowHeight, double words = 14)
    {
        _group = group;
        _rowHeight = rowHeight;
        Height = 30 + (group.Cells.Count * rowHeight) + 46;
        double names = 10 + group.Cells.Max(cell => TextWidth.Of(RunView.Name(group, cell)));
        Frame = new Frame(names, 28, width - words, Height - 42);
    }

    /// <summary>Height of the drawing.</summary>
    public int Height { get; }

    /// <summary>Where the values stand.</summary>
    public Frame Frame { get; }

    /// <summary>Draws heading, axis and, for each mode inside a group of its class, its name and its row.</summary>
    /// <param name="svg">Where to draw.</param>
    /// <param name="heading">What the panel is of.</param>
    /// <param name="scale">The values.</param>
    /// <param name="title">What the axis is.</param>
    /// <param name="row">Draws a row about its middle.</param>
    public void Draw(SvgWriter svg, string heading, Scale scale, string title, Action<LatencyResult, double> row)
    {
        svg.Text(0, 15, heading, "pt");
        Axis.Bottom(svg, Frame, scale, Math.Max(3, (int)(Frame.Width / 64)), title);
        for (int at = 0; at < _group.Cells.Count; at++)
        {
            LatencyResult cell = _group.Cells[at];
            string name = RunView.Name(_group, cell);
            double middle = Frame.Top + (at * _rowHeight) + (_rowHeight / 2.0);
            svg.Open(ModeLook.Class(BackendMode.Of(cell)), name);
            svg.Text(0, middle + 4, name, "lb");
            row(cell, middle);
            svg.Close();
        }
    }
}
