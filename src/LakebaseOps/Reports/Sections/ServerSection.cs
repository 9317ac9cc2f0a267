namespace LakebaseOps.Reports.Sections;

/// <summary>Section 7: what the server and the measuring process saw of the cells.</summary>
internal static class ServerSection
{
    /// <summary>The section.</summary>
    public static ReportSection Build(RunView view) => new(7, "server", "Server", view.Groups.Count == 0
        ? [new Missing("No latency was measured in this run, so there are no figures of the server for it.")]
        :
        [
            new TableBlock(new ReportTable("blocks", "Blocks read for each cell, by the tables' own statistics",
                [
                    new("Keys"), new("Mode"), new("Blocks in shared buffers", ColumnKind.Count), new("Read from outside", ColumnKind.Count),
                    new("Hit share", ColumnKind.Share), new("Blocks/request", ColumnKind.Number), new("Client bytes/request", ColumnKind.Bytes), new("Client GC 0, 1, 2"),
                ],
                [
                    .. view.Cells.Select(item => new object?[]
                    {
                        item.Group.Label, RunView.Name(item.Group, item.Cell), item.Cell.BlocksHit, item.Cell.BlocksRead,
                        item.Cell.BlocksHit + item.Cell.BlocksRead > 0 ? item.Cell.BlocksHit / (double)(item.Cell.BlocksHit + item.Cell.BlocksRead) : null,
                        item.Cell.Requests > 0 ? (object?)((item.Cell.BlocksHit + item.Cell.BlocksRead) / (double)item.Cell.Requests) : null,
                        item.Cell.AllocatedBytesPerRequest, item.Cell.Collections.Count > 0 ? string.Join(", ", item.Cell.Collections.Select(count => Quantity.Count(count))) : null,
                    }),
                ])),
            new Missing("Wait events, statement statistics and I/O of the server are not part of this run's record."),
        ]);
}
