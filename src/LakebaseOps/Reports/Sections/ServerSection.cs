using System.Globalization;

namespace LakebaseOps.Reports.Sections;

/// <summary>Section 7: what the server and the measuring process did while the cells were measured.</summary>
internal static class ServerSection
{
    private const int WaitsShown = 5;

    /// <summary>The section.</summary>
    public static ReportSection Build(RunView view)
    {
        if (view.Groups.Count == 0)
            return new(7, "server", "Server", [new Missing("No latency was measured in this run, so there are no figures of the server for it.")]);
        List<ReportBlock> blocks = [new TableBlock(Blocks(view))];
        if (view.Run.Latencies.Any(cell => cell.Cache is not null))
            blocks.Add(new TableBlock(Cache(view)));
        if (view.Run.Latencies.Any(cell => cell.Refresh is not null))
            blocks.Add(new TableBlock(Refresh(view)));
        if (view.Run.Latencies.Any(cell => cell.Server is not null))
        {
            blocks.Add(new TableBlock(Waits(view)));
            blocks.Add(new TableBlock(Events(view)));
            blocks.Add(Io(view));
        }
        else
        {
            blocks.Add(new Missing("Wait events, checkpoints and I/O of the server are not part of this run's record."));
        }

        blocks.Add(new TableBlock(Client(view)));
        return new ReportSection(7, "server", "Server", blocks);
    }

    private static ReportTable Blocks(RunView view) => new("blocks", "Blocks read for each cell, by the tables' own statistics",
        [
            new("Keys"), new("Mode"), new("Heap in shared buffers", ColumnKind.Count), new("Heap from outside", ColumnKind.Count),
            new("Index in shared buffers", ColumnKind.Count), new("Index from outside", ColumnKind.Count),
            new("Hit share", ColumnKind.Share), new("Blocks/request", ColumnKind.Number),
        ],
        Rows(view, cell =>
        [
            cell.Server?.HeapHit, cell.Server?.HeapRead, cell.Server?.IndexHit, cell.Server?.IndexRead,
            cell.BlocksHit + cell.BlocksRead > 0 ? cell.BlocksHit / (double)(cell.BlocksHit + cell.BlocksRead) : null,
            cell.Requests > 0 ? (object?)((cell.BlocksHit + cell.BlocksRead) / (double)cell.Requests) : null,
        ]));

    private static ReportTable Cache(RunView view) => new("cell-cache", "The state of the cache that the cells' blocks of requests began in",
        [
            new("Keys"), new("Mode"), new("State"), new("Made by"), new("Times", ColumnKind.Count), new("Least resident", ColumnKind.Share, "not proved"),
            new("Most resident", ColumnKind.Share, "not proved"), new("Seen by"), new("File cache"),
        ],
        Rows(view, cell => cell.Cache is not { } cache ? null :
            [cache.Temperature.ToString(), cache.MadeBy, cache.Times, cache.LeastResident, cache.MostResident, cache.Evidence, cache.FileCache]));

    private static ReportTable Refresh(RunView view) => new("refreshed", "Rows upserted while the cells were measured",
        [
            new("Keys"), new("Mode"), new("Rows/s asked for", ColumnKind.PerSecond), new("Rows/s upserted", ColumnKind.PerSecond), new("Rows", ColumnKind.Count),
            new("Loads", ColumnKind.Count), new("Failed loads", ColumnKind.Count), new("Time", ColumnKind.Seconds),
        ],
        Rows(view, cell => cell.Refresh is not { } refresh ? null :
            [refresh.RowsPerSecond, refresh.AchievedPerSecond, refresh.Rows, refresh.Loads, refresh.Errors, refresh.Duration.TotalSeconds]));

    private static ReportTable Waits(RunView view) => new("waits", "What the sessions of the measurement were doing when the server was looked at",
        [new("Keys"), new("Mode"), new("Looks", ColumnKind.Count), new("Sessions seen at work", ColumnKind.Count), new("At what, of those")],
        Rows(view, cell => cell.Server is not { } server ? null :
        [
            server.WaitSamples, server.Waits.Sum(wait => wait.Samples),
            string.Join(", ", server.Waits.Take(WaitsShown).Select(wait =>
                $"{(wait.Event.Length > 0 ? $"{wait.Type} {wait.Event}" : "running")} {Quantity.Share(wait.Samples / (double)server.Waits.Sum(all => all.Samples))}")),
        ]));

    private static ReportTable Events(RunView view) => new("events", "What else the server did meanwhile",
        [
            new("Keys"), new("Mode"), new("Checkpoints begun", ColumnKind.Count), new("Buffers they wrote", ColumnKind.Count), new("Vacuums of the tables", ColumnKind.Count),
            new("Analyses of the tables", ColumnKind.Count), new("Looks that saw autovacuum", ColumnKind.Count),
        ],
        Rows(view, cell => cell.Server is not { } server ? null :
            [server.Checkpoints, server.CheckpointBuffers, server.Vacuums, server.Analyzes, server.AutovacuumSamples]));

    private static ReportBlock Io(RunView view)
    {
        List<IReadOnlyList<object?>> rows =
        [
            .. view.Cells.SelectMany(item => (item.Cell.Server?.Io ?? []).Select(io => (object?[])
                [item.Group.Label, RunView.Name(item.Group, item.Cell), io.Process, io.Target, io.Context, io.Hits, io.Reads, io.Writes, io.Extends, io.Evictions])),
        ];
        if (rows.Count == 0)
            return new Missing($"I/O by kind of process: {view.Run.Latencies.Select(cell => cell.Server?.IoMissing).FirstOrDefault(why => why is not null) ?? "none was counted"}.");
        return new TableBlock(new ReportTable("io", "I/O of the whole server meanwhile, by kind of process (pg_stat_io)",
            [
                new("Keys"), new("Mode"), new("Process"), new("Object"), new("Context"), new("Hits", ColumnKind.Count), new("Reads", ColumnKind.Count),
                new("Writes", ColumnKind.Count), new("Extends", ColumnKind.Count), new("Evictions", ColumnKind.Count),
            ], rows));
    }

    private static ReportTable Client(RunView view) => new("client", "What the measuring process and its machine did meanwhile: shares of all processors, and of the time",
        [
            new("Keys"), new("Mode"), new("CPU, process", ColumnKind.Share), new("CPU, machine", ColumnKind.Share), new("CPU, stolen", ColumnKind.Share),
            new("Collector", ColumnKind.Share), new("Stood still", ColumnKind.Share), new("Hiccup p99", ColumnKind.Milliseconds),
            new("Longest", ColumnKind.Milliseconds), new("Bytes/request", ColumnKind.Bytes), new("GC 0, 1, 2"),
        ],
        Rows(view, cell =>
        [
            cell.Client?.ProcessCpuShare, cell.Client?.MachineCpuShare, cell.Client?.StolenCpuShare, cell.Client?.CollectorShare, cell.Client?.StalledShare,
            cell.Client?.HiccupP99Ms, cell.Client?.LongestHiccupMs, cell.AllocatedBytesPerRequest,
            cell.Collections.Count > 0 ? string.Join(", ", cell.Collections.Select(count => count.ToString(CultureInfo.InvariantCulture))) : null,
        ]));

    private static IReadOnlyList<IReadOnlyList<object?>> Rows(RunView view, Func<LatencyResult, object?[]?> values) =>
    [
        .. view.Cells.Select(item => (item, Values: values(item.Cell))).Where(row => row.Values is not null)
            .Select(row => (object?[])[row.item.Group.Label, RunView.Name(row.item.Group, row.item.Cell), .. row.Values!]),
    ];
}
