using LakebaseOps.Reports.Charts;

namespace LakebaseOps.Reports;

/// <summary>A whole report before it becomes text.</summary>
internal sealed record ReportDocument(RunRecord Run, string Title, IReadOnlyList<ReportSection> Sections)
{
    /// <summary>Figures in all sections.</summary>
    public IEnumerable<ReportFigure> Figures => Sections.SelectMany(section => section.Blocks).OfType<ReportFigure>();

    /// <summary>Tables in all sections, those behind figures included, in reading order.</summary>
    public IEnumerable<ReportTable> Tables => Sections.SelectMany(section => section.Blocks).SelectMany(block => block switch
    {
        TableBlock table => [table.Table],
        ReportFigure figure => figure.Data,
        _ => Array.Empty<ReportTable>(),
    });
}

/// <summary>A numbered section.</summary>
/// <param name="Number">Its number; the same in every report, so that sections can be referred to.</param>
/// <param name="Id">Its anchor.</param>
/// <param name="Title">Its heading.</param>
/// <param name="Blocks">What it holds, in order.</param>
internal sealed record ReportSection(int Number, string Id, string Title, IReadOnlyList<ReportBlock> Blocks);

/// <summary>Something a section holds.</summary>
internal abstract record ReportBlock;

/// <summary>A paragraph of plain text.</summary>
internal sealed record Prose(string Text) : ReportBlock;

/// <summary>Says plainly that there are no data for something, and how to get them.</summary>
internal sealed record Missing(string Text) : ReportBlock;

/// <summary>A row of headline figures under a caption that says what they are of.</summary>
internal sealed record TileBlock(string Caption, IReadOnlyList<Tile> Tiles) : ReportBlock;

/// <summary>One headline figure.</summary>
/// <param name="Label">What it is.</param>
/// <param name="Value">The figure with its unit, or a word.</param>
/// <param name="Note">What bounds it: its interval, its count.</param>
/// <param name="Standing">Good, bad or neither.</param>
internal sealed record Tile(string Label, string Value, string Note, Standing Standing = Standing.Neutral);

/// <summary>A table in plain sight.</summary>
internal sealed record TableBlock(ReportTable Table) : ReportBlock;

/// <summary>A chart with its caption, legend and data tables.</summary>
internal sealed record ReportFigure : ReportBlock
{
    /// <summary>Anchor, unique in the report.</summary>
    public required string Id { get; init; }

    /// <summary>Heading.</summary>
    public required string Title { get; init; }

    /// <summary>How to read it.</summary>
    public required string Caption { get; init; }

    /// <summary>One drawing, or several to compare.</summary>
    public required IReadOnlyList<ChartPanel> Panels { get; init; }

    /// <summary>Keys of what is drawn; empty where everything is labelled in place.</summary>
    public IReadOnlyList<LegendEntry> Legend { get; init; } = [];

    /// <summary>The figures drawn.</summary>
    public required IReadOnlyList<ReportTable> Data { get; init; }
}
