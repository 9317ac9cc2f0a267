using LakebaseOps.Reports.Charts;

namespace LakebaseOps.Reports.Sections;

/// <summary>Section 2: what was measured, on what.</summary>
internal static class ScopeSection
{
    /// <summary>The section.</summary>
    public static ReportSection Build(RunView view)
    {
        List<ReportBlock> blocks = [new TableBlock(Facts(view))];
        blocks.Add(view.Run.Tables.Count > 0
            ? Sizes(view.Run.Tables)
            : new Missing("The run recorded no table sizes."));
        return new ReportSection(2, "scope", "What was measured", blocks);
    }

    private static ReportTable Facts(RunView view)
    {
        RunRecord run = view.Run;
        List<object?[]> rows = [];
        void Add(string name, string value)
        {
            if (value.Length > 0)
                rows.Add([name, value]);
        }

        if (run.Tables.Count > 0)
        {
            Add("Tables", Quantity.Count(run.Tables.Count));
            Add("Rows", Quantity.Count(run.Tables.Sum(table => table.Rows)));
            Add("Size", $"{Quantity.Bytes(run.Tables.Sum(table => table.HeapBytes))} heap, {Quantity.Bytes(run.Tables.Sum(table => table.IndexBytes))} indexes");
        }

        if (run.Latencies.Count > 0)
        {
            Add("Modes", string.Join(", ", view.Modes.Select(mode => mode.Name)));
            Add("Keys", string.Join(", ", run.Latencies.Select(cell => cell.Distribution).Distinct()));
            Add("Load", string.Join(", ", run.Latencies.Select(cell => cell.Loop).Distinct()));
            Add("Samples", $"{Quantity.Plural(run.Latencies.Sum(cell => cell.Requests), "request")} timed in {Quantity.Plural(run.Latencies.Count, "cell")}");
            Add("Left out", $"{Quantity.Plural(run.Latencies.Sum(cell => cell.WarmUpRequests), "warm-up request")}, {Quantity.Plural(run.Latencies.Sum(cell => cell.Errors), "failed request")}");
            Add("Rows verified", Quantity.Count(run.Latencies.Sum(cell => cell.RowsVerified)));
            Add("Clock", "starts before the pool is asked for a connection, stops when every row is decoded");
        }

        if (run.Server is ServerEnvironment server)
        {
            Add("Server", server.Version);
            Add("Database", $"{server.Database} on {server.Host}");
        }

        if (run.Client is ClientEnvironment client)
            Add("Client", $"{client.OperatingSystem}, {Quantity.Plural(client.Processors, "processor")}, {Quantity.Bytes(client.MemoryBytes)}, {client.Runtime}");
        return new ReportTable("scope", "The run in short", [new("What"), new("Value")], rows);
    }

    private static ReportFigure Sizes(IReadOnlyList<TableFacts> tables)
    {
        TableLabels labels = new(tables.Select(table => table.Table));
        return new ReportFigure
        {
            Id = "sizes",
            Title = "Rows and bytes of every table",
            Caption = $"Heap with its TOAST, and all indexes.{labels.Note}",
            Panels =
            [
                TableBarsChart.Draw("sizes", "Rows and bytes of every table", labels,
                [
                    new BarColumn("rows", Quantity.Short, [.. tables.Select(table => (Bar?)new Bar([((double)table.Rows, "ph a")], Quantity.Short(table.Rows)))]),
                    new BarColumn("heap and indexes", Quantity.Bytes,
                        [.. tables.Select(table => (Bar?)new Bar([((double)table.HeapBytes, "ph a"), ((double)table.IndexBytes, "ph b")], Quantity.Bytes(table.HeapBytes + table.IndexBytes)))]),
                ]),
            ],
            Legend = Legend.Boxes([("rows, heap", "ph a"), ("indexes", "ph b")]),
            Data =
            [
                new ReportTable("table-sizes", "Rows and bytes of every table",
                    [new("Table"), new("Rows", ColumnKind.Count), new("Heap", ColumnKind.Bytes), new("Indexes", ColumnKind.Bytes)],
                    [.. tables.Select(table => new object?[] { table.Table, table.Rows, table.HeapBytes, table.IndexBytes })]),
            ],
        };
    }
}
