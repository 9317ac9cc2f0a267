using LakebaseOps.Latency;
using LakebaseOps.Reports.Charts;

namespace LakebaseOps.Reports.Sections;

/// <summary>Section 6: key skew and the state of the cache.</summary>
internal static class SkewSection
{
    /// <summary>The section.</summary>
    public static ReportSection Build(RunView view)
    {
        List<ReportBlock> blocks = [];
        if (view.Groups.Count > 1)
            blocks.Add(Skew(view));
        else if (view.Groups.Count == 1)
            blocks.Add(new Missing($"Only {view.Groups[0].Label} keys were measured, so nothing can be said about skew."));
        else
            blocks.Add(new Missing("No latency was measured in this run, so nothing can be said about skew."));
        blocks.Add(view.Run.Caches.Count > 0
            ? Residency(view.Run.Caches)
            : new Missing("The run recorded no cache states. Initialize-LakebaseCache and Get-LakebaseCacheState record them."));
        return new ReportSection(6, "skew", "Skew and cache", blocks);
    }

    private static ReportFigure Skew(RunView view)
    {
        List<ChartPanel> panels = [SkewChart.Draw("skew-50", "Median", view.Groups, view.Modes, cell => cell.P50Ms, 510)];
        if (view.Run.Latencies.Any(cell => cell.P99Ms is not null))
            panels.Add(SkewChart.Draw("skew-99", "p99", view.Groups, view.Modes, cell => cell.P99Ms, 510));
        return new ReportFigure
        {
            Id = "skew-figure",
            Title = "Latency by key distribution",
            Caption = "The same request with keys drawn in different ways. Lines only join what belongs together; there is nothing between two distributions.",
            Panels = panels,
            Legend = Legend.Modes(view.Modes),
            Data =
            [
                new ReportTable("skew", "Latency by key distribution",
                    [new("Mode"), new("Keys"), new("p50", ColumnKind.Milliseconds), new("p99", ColumnKind.Milliseconds, "insufficient")],
                    [.. view.Modes.SelectMany(mode => view.Cells.Where(item => BackendMode.Of(item.Cell) == mode).Select(item => new object?[] { RunView.Name(item.Group, item.Cell), item.Group.Label, item.Cell.P50Ms, item.Cell.P99Ms }))]),
            ],
        };
    }

    private static ReportFigure Residency(IReadOnlyList<CacheState> caches)
    {
        // A relation that was looked at twice counts once, as it was last.
        List<CacheState> last = [.. caches.GroupBy(state => (state.Table, state.Relation)).Select(same => same.Last() with
        {
            CachedBytesBefore = same.First().CachedBytesBefore ?? (same.Count() > 1 ? same.First().CachedBytes : null),
        })];
        TableLabels labels = new(last.Select(state => state.Table).Distinct());
        return new ReportFigure
        {
            Id = "cache",
            Title = "Shared buffers before and after warming",
            Caption = $"Hollow: before; filled: after. Evidence: {string.Join("; ", last.Select(state => state.Evidence).Where(text => text.Length > 0).Distinct())}.{labels.Note}",
            Panels = [ResidencyChart.Draw(last, labels)],
            Data =
            [
                new ReportTable("cache", "Relations in shared buffers",
                    [
                        new("Relation"), new("Kind"), new("Size", ColumnKind.Bytes), new("Before", ColumnKind.Bytes, "not known"),
                        new("After", ColumnKind.Bytes, "not provable"), new("Share", ColumnKind.Share, "not provable"), new("Warmed by"), new("Took", ColumnKind.Seconds),
                    ],
                    [
                        .. last.Select(state => new object?[]
                        {
                            state.Relation, state.Kind, state.SizeBytes, state.CachedBytesBefore, state.CachedBytes, state.CachedShare, state.WarmedBy, state.Duration.TotalSeconds,
                        }),
                    ]),
            ],
        };
    }
}
