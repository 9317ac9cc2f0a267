using LakebaseOps.Reports.Charts;

namespace LakebaseOps.Reports.Sections;

/// <summary>Section 10: loads and index builds.</summary>
internal static class LoadSection
{
    /// <summary>The section.</summary>
    public static ReportSection Build(RunView view)
    {
        RunRecord run = view.Run;
        List<ReportBlock> blocks = [];
        List<BulkLoadResult> phased = [.. run.Loads.Where(load => load.Phases.Count > 0).OrderBy(load => load.Phases[0].StartedAt)];
        if (run.Loads.Count == 0)
        {
            blocks.Add(new Missing("Nothing was loaded in this run."));
        }
        else
        {
            blocks.Add(phased.Count > 0 ? Gantt(phased) : new Missing("The loads recorded no phases."));
            blocks.Add(Rates(run.Loads));
        }

        blocks.Add(run.Indexes.Count > 0 ? Indexes(run.Indexes) : new Missing("No index was built by a step of its own in this run; a load builds its table's keys in its phase Index."));
        return new ReportSection(10, "loads", "Load and index phases", blocks);
    }

    private static ReportFigure Gantt(List<BulkLoadResult> loads)
    {
        TableLabels labels = new(loads.Select(load => load.Table));
        List<string> phases = [.. loads.SelectMany(load => load.Phases).Select(phase => phase.Phase).Distinct()];
        return new ReportFigure
        {
            Id = "phases",
            Title = "Every table by phase",
            Caption = $"In the order the loads began.{labels.Note}",
            Panels = [GanttChart.Draw(loads, labels, phases)],
            Legend = ComponentLook.Legend(phases),
            Data =
            [
                new ReportTable("phases", "Seconds by phase",
                    [new("Table"), .. phases.Select(phase => new ReportColumn(phase, ColumnKind.Seconds))],
                    [
                        .. loads.Select(load => (object?[])
                        [
                            load.Table,
                            .. phases.Select(phase => load.Phases.Any(own => own.Phase == phase)
                                ? (object?)load.Phases.Where(own => own.Phase == phase).Sum(own => own.Duration.TotalSeconds)
                                : null),
                        ]),
                    ]),
            ],
        };
    }

    private static ReportFigure Rates(IReadOnlyList<BulkLoadResult> loads)
    {
        TableLabels labels = new(loads.Select(load => load.Table));
        return new ReportFigure
        {
            Id = "load-rate",
            Title = "Rows per second of every load",
            Caption = $"Rows per second of the load phase alone, and the wall time of the whole load.{labels.Note}",
            Panels =
            [
                TableBarsChart.Draw("load-bars", "Rows per second and time of every load", labels,
                [
                    new BarColumn("rows per second", Quantity.Rate, [.. loads.Select(load => load.RowsPerSecond > 0 ? new Bar([(load.RowsPerSecond, "ph a")], Quantity.Rate(load.RowsPerSecond)) : null)]),
                    new BarColumn("time of the load", Quantity.Seconds, [.. loads.Select(load => (Bar?)new Bar([(load.Duration.TotalSeconds, "ph d")], Quantity.Seconds(load.Duration.TotalSeconds)))]),
                ]),
            ],
            Data =
            [
                new ReportTable("loads", "Loads",
                    [
                        new("Table"), new("Outcome", ColumnKind.Standing), new("Rows", ColumnKind.Count), new("Rows/s", ColumnKind.PerSecond), new("Time", ColumnKind.Seconds),
                        new("Input", ColumnKind.Bytes), new("WAL", ColumnKind.Bytes), new("Chunks", ColumnKind.Count), new("Resumed", ColumnKind.Count), new("Streams", ColumnKind.Count),
                        new("Encoding"), new("Content hash", ColumnKind.Text, "not computed"),
                    ],
                    [
                        .. loads.Select(load => new object?[]
                        {
                            load.Table, TrustSection.Outcome(load.Status), load.Rows, load.RowsPerSecond, load.Duration.TotalSeconds, load.InputBytes, load.WalBytes,
                            load.Chunks, load.ResumedChunks, load.Streams, load.Encoding, load.ContentHash,
                        }),
                    ]),
            ],
        };
    }

    private static ReportFigure Indexes(IReadOnlyList<IndexBuildResult> indexes)
    {
        TableLabels labels = new(indexes.Select(index => index.Index));
        return new ReportFigure
        {
            Id = "indexes",
            Title = "Indexes: size and build time",
            Caption = $"Sizes as read after the build.{labels.Note}",
            Panels =
            [
                TableBarsChart.Draw("index-bars", "Size and build time of every index", labels,
                [
                    new BarColumn("size", Quantity.Bytes, [.. indexes.Select(index => (Bar?)new Bar([((double)index.SizeBytes, "ph b")], Quantity.Bytes(index.SizeBytes)))]),
                    new BarColumn("build time", Quantity.Seconds, [.. indexes.Select(index => (Bar?)new Bar([(index.Duration.TotalSeconds, "ph c")], Quantity.Seconds(index.Duration.TotalSeconds)))]),
                ]),
            ],
            Data =
            [
                new ReportTable("indexes", "Index builds",
                    [
                        new("Table"), new("Index"), new("Outcome", ColumnKind.Standing), new("Size", ColumnKind.Bytes), new("Build time", ColumnKind.Seconds),
                        new("Workers", ColumnKind.Count), new("Memory", ColumnKind.Bytes), new("Table writable meanwhile"),
                    ],
                    [
                        .. indexes.Select(index => new object?[]
                        {
                            index.Table, index.Index, TrustSection.Outcome(index.Status), index.SizeBytes, index.Duration.TotalSeconds, index.Workers, index.MemoryBytes,
                            index.Concurrently ? "yes" : "no",
                        }),
                    ]),
            ],
        };
    }
}
