using LakebaseOps.Latency;
using System.Globalization;
using LakebaseOps.Reports.Charts;

namespace LakebaseOps.Reports.Sections;

/// <summary>Section 4: where the time of a request goes.</summary>
internal static class ComponentSection
{
    /// <summary>The section.</summary>
    public static ReportSection Build(RunView view)
    {
        List<ReportBlock> blocks = [];
        List<CellGroup> parts = Having(view, cell => cell.Components.Count > 0);
        blocks.Add(parts.Count > 0 ? Stacks(parts) : new Missing("No cell recorded the parts of its requests."));
        List<CellGroup> exemplars = Having(view, cell => cell.Median is { PartsUs.Count: > 0 } || cell.Slowest.Any(request => request.PartsUs.Count > 0));
        if (exemplars.Count > 0)
            blocks.Add(Waterfalls(exemplars));
        else if (parts.Count > 0)
            blocks.Add(new Missing("No single requests were kept, so none can be shown from start to end."));
        List<CellGroup> floors = Having(view, cell => cell.FloorP50Ms > 0);
        blocks.Add(floors.Count > 0 ? Floor(view, floors) : new Missing("The floor, one bare round trip on the same connections, was not measured."));
        List<CellGroup> estimated = Having(view, cell => cell.Estimates.Count > 0);
        if (estimated.Count > 0)
            blocks.Add(new TableBlock(Estimates(estimated)));
        List<CellGroup> proved = Having(view, cell => cell.RoundTripProof is not null);
        if (proved.Count > 0)
            blocks.Add(new TableBlock(RoundTrips(proved)));
        return new ReportSection(4, "components", "Where the time goes", blocks);
    }

    private static ReportTable Estimates(List<CellGroup> groups) => new("estimates", "Network and server: estimates, which need not add up",
        [new("Keys"), new("Mode"), new("Of"), new("Mean", ColumnKind.Microseconds, "not known"), new("Share of the mean", ColumnKind.Share, "not known"), new("Source")],
        [
            .. groups.SelectMany(group => group.Cells.SelectMany(cell => cell.Estimates.Select(estimate => new object?[]
            {
                group.Label, RunView.Name(group, cell), estimate.Name, estimate.MeanUs, estimate.Share, estimate.Source,
            }))),
        ]);

    // A proof is one of the mode, whatever keys were measured afterwards.
    private static ReportTable RoundTrips(List<CellGroup> groups) => new("round-trips", "Round trips of a request, proved over a longer way",
        [new("Mode"), new("Slope", ColumnKind.Number), new("Low", ColumnKind.Number), new("High", ColumnKind.Number), new("Expected", ColumnKind.Count), new("Verdict", ColumnKind.Standing), new("Requests", ColumnKind.Count)],
        [
            .. groups.SelectMany(group => group.Cells).Select(cell => cell.RoundTripProof!).DistinctBy(proof => proof.Mode).Select(proof => new object?[]
            {
                proof.Mode.ToString(), Math.Round(proof.Slope, 3), Math.Round(proof.Low, 3), Math.Round(proof.High, 3), proof.Expected,
                new Verdict(proof.Verdict.ToString(), proof.Verdict switch
                {
                    RoundTripVerdict.Proven => Standing.Good,
                    RoundTripVerdict.Refuted => Standing.Bad,
                    _ => Standing.Warning,
                }),
                proof.Requests,
            }),
        ]);

    private static List<CellGroup> Having(RunView view, Func<LatencyResult, bool> wanted) =>
    [
        .. view.Groups.Select(group => group with { Cells = [.. group.Cells.Where(wanted)] }).Where(group => group.Cells.Count > 0),
    ];

    private static ReportFigure Stacks(List<CellGroup> groups)
    {
        List<string> all = [.. groups.SelectMany(group => group.Cells).SelectMany(cell => cell.Components)
            .Where(part => part.MeanUs > 0).Select(part => part.Name).Distinct()];
        double residual = groups.SelectMany(group => group.Cells).Max(cell => cell.LargestResidualUs);
        return new ReportFigure
        {
            Id = "parts",
            Title = "Parts of a request",
            Caption = $"Median: mean of the requests between the 45th and the 55th percentile. The parts of each request add up to its total; the largest difference over all requests was {Quantity.Us(residual)}. Each panel has a scale of its own.",
            Panels = [.. groups.SelectMany(group => new[] { false, true }.Select(slowest => ComponentChart.Draw(group, 510, slowest, all)))],
            Legend = ComponentLook.Legend(all),
            Data =
            [
                new ReportTable("components", "Parts of requests",
                    [new("Keys"), new("Mode"), new("Part"), new("Mean", ColumnKind.Microseconds), new("Median", ColumnKind.Microseconds), new("Slowest 1 %", ColumnKind.Microseconds)],
                    [
                        .. groups.SelectMany(group => group.Cells.SelectMany(cell => cell.Components.Where(part => all.Contains(part.Name)).Select(part => new object?[]
                        {
                            group.Label, RunView.Name(group, cell), ComponentLook.Words(part.Name), part.MeanUs, part.MedianUs, part.SlowestUs,
                        }))),
                    ]),
            ],
        };
    }

    private static ReportFigure Waterfalls(List<CellGroup> groups)
    {
        // The drawings show the first group; the table holds all.
        CellGroup first = groups[0];
        var requests = groups.SelectMany(group => group.Cells.SelectMany((cell, at) => cell.Slowest
            .Select((request, rank) => (Group: group, Cell: cell, Which: Slowest(rank), Request: (LatencyExemplar?)request, Id: rank == 0 ? $"fall-{at}-s" : ""))
            .Prepend((Group: group, Cell: cell, Which: "median", Request: cell.Median, Id: $"fall-{at}-m"))))
            .Where(item => item.Request is { PartsUs.Count: > 0 }).ToList();
        // Parts that no request spent time on say nothing.
        List<string> all = [.. requests.SelectMany(item => item.Request!.PartsUs).Where(part => part.Value > 0).Select(part => part.Key).Distinct()];
        return new ReportFigure
        {
            Id = "waterfall",
            Title = "Single requests from start to end",
            Caption = $"A request from the middle of the distribution and the slowest one of each mode, {first.Label}."
                + " The ten slowest requests of every cell are among the figures, with number and time.",
            Panels =
            [
                .. requests.Where(item => item.Group == first && item.Id.Length > 0).Select(item => WaterfallChart.Draw(
                    item.Id, BackendMode.Of(item.Cell), $"{RunView.Name(first, item.Cell)}, {item.Which} request",
                    $"key {Key(item.Request!.Key)}, {Quantity.Us(item.Request.TotalUs)} at {Quantity.Seconds(item.Request.AtSeconds)}", item.Request, 510, all)),
            ],
            Legend = ComponentLook.Legend(all),
            Data =
            [
                new ReportTable("requests", "Single requests",
                    [
                        new("Keys"), new("Mode"), new("Request"), new("Number", ColumnKind.Count), new("Key"), new("Began"), new("At", ColumnKind.Seconds), new("Total", ColumnKind.Microseconds),
                        .. all.Select(part => new ReportColumn(ComponentLook.Words(part), ColumnKind.Microseconds)),
                    ],
                    [
                        .. requests.Select(item => (object?[])
                        [
                            item.Group.Label, RunView.Name(item.Group, item.Cell), item.Which, item.Request!.Number, item.Request.Key, Time(item.Request.StartedAt), item.Request.AtSeconds, item.Request.TotalUs,
                            .. all.Select(part => item.Request.PartsUs.TryGetValue(part, out double us) ? (object?)us : null),
                        ]),
                    ]),
            ],
        };
    }

    private static string Slowest(int rank) => rank == 0 ? "slowest" : string.Create(CultureInfo.InvariantCulture, $"slowest {rank + 1}");

    // Runs of earlier versions know only the seconds.
    private static string? Time(DateTimeOffset began) =>
        began == default ? null : began.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static string Key(string key) => TextWidth.Fit(key, 130);

    private static ReportFigure Floor(RunView view, List<CellGroup> groups) => new()
    {
        Id = "floor",
        Title = "Distance to the floor",
        Caption = "Dashed mark: median of SELECT $1, prepared, on the same connections (on DynamoDB of GetItem for a key that is not there): what one round trip costs at least. Marker: the mode's median.",
        Panels = [.. groups.Select(group => FloorChart.Draw(group, LatencySection.PanelWidth(groups.Count), groups.SelectMany(all => all.Cells).Max(cell => cell.P50Ms)))],
        Legend = Legend.Modes(view.Modes),
        Data =
        [
            new ReportTable("floor", "Distance to the floor",
                [new("Keys"), new("Mode"), new("Floor", ColumnKind.Milliseconds), new("Median", ColumnKind.Milliseconds), new("Above the floor", ColumnKind.Milliseconds), new("Median by floor", ColumnKind.Ratio)],
                [
                    .. groups.SelectMany(group => group.Cells.Select(cell => new object?[]
                    {
                        group.Label, RunView.Name(group, cell), cell.FloorP50Ms, cell.P50Ms, cell.P50Ms - cell.FloorP50Ms, cell.P50Ms / cell.FloorP50Ms,
                    })),
                ]),
        ],
    };
}
