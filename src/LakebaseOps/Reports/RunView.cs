using LakebaseOps.Latency;

namespace LakebaseOps.Reports;

/// <summary>Cells that differ in backend and mode alone, so that they may be compared.</summary>
/// <param name="Key">Short name for ids.</param>
/// <param name="Label">What they have in common and other groups have not.</param>
/// <param name="Cells">One for each mode, in the modes' order.</param>
internal sealed record CellGroup(string Key, string Label, IReadOnlyList<LatencyResult> Cells);

/// <summary>A run as the sections see it: its cells grouped and named.</summary>
internal sealed class RunView
{
    /// <summary>Looks at a run.</summary>
    public RunView(RunRecord run)
    {
        Run = run;
        var groups = run.Latencies.GroupBy(cell => (cell.Distribution, cell.Loop, cell.Clients, cell.Tables)).ToList();
        bool loops = groups.Select(group => group.Key.Loop).Distinct().Count() > 1;
        bool tables = groups.Select(group => group.Key.Tables).Distinct().Count() > 1;
        Groups =
        [
            .. groups.Select((group, index) => new CellGroup(
                $"g{index}",
                string.Join(", ", new[]
                {
                    group.Key.Distribution,
                    loops ? Load(group.First()) : "",
                    tables ? Quantity.Plural(group.Key.Tables, "table") : "",
                }.Where(part => part.Length > 0)),
                [.. group.OrderBy(BackendMode.Of)])),
        ];
        Modes = [.. run.Latencies.Select(BackendMode.Of).Distinct().Order()];
        Headline = Groups.Count == 0 ? null : Groups[0].Cells.MinBy(cell => (cell.P99Ms ?? double.MaxValue, cell.P50Ms));
    }

    /// <summary>The run.</summary>
    public RunRecord Run { get; }

    /// <summary>Comparable cells.</summary>
    public IReadOnlyList<CellGroup> Groups { get; }

    /// <summary>Every mode measured, of each backend.</summary>
    public IReadOnlyList<BackendMode> Modes { get; }

    /// <summary>The fastest cell of the first group by p99 (by median where p99 has too few samples); null without cells.</summary>
    public LatencyResult? Headline { get; }

    /// <summary>Every cell with its group, in order.</summary>
    public IEnumerable<(CellGroup Group, LatencyResult Cell)> Cells =>
        Groups.SelectMany(group => group.Cells.Select(cell => (group, cell)));

    /// <summary>A cell's load in short, enough to tell it from others of the run.</summary>
    private static string Load(LatencyResult cell) =>
        (cell.Open is { } open ? $"{Quantity.Tick(open.RatePerSecond)}/s {open.Arrival}" : Quantity.Plural(cell.Clients, "client"))
        + (cell.Refresh is { } refresh ? RefreshResult.Label(refresh.RowsPerSecond) : "");

    /// <summary>The name of backend and mode; numbered where a group measured it more than once.</summary>
    public static string Name(CellGroup group, LatencyResult cell)
    {
        List<LatencyResult> same = [.. group.Cells.Where(other => other.Name == cell.Name)];
        return same.Count == 1 ? cell.Name : $"{cell.Name} #{same.IndexOf(cell) + 1}";
    }
}
