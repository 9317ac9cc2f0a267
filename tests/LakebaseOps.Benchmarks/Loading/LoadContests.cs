using LakebaseOps.Benchmarks.Loading.Contenders;
using LakebaseOps.Synthesis;

namespace LakebaseOps.Benchmarks.Loading;

/// <summary>Makes the contests, one after the other, since each needs much memory and disk for its rows.</summary>
internal sealed class LoadContests(BenchServer server, BenchmarkOptions options, string folder)
{
    /// <summary>Our streams, and the sessions of whoever has more than one.</summary>
    public const int Streams = 2;

    /// <summary>Names of our runs.</summary>
    public const string One = "ours, 1 stream";

    /// <summary>The run that targets are about.</summary>
    public const string Many = "ours, 2 streams";

    /// <summary>The phase Load of a replace.</summary>
    public const string Replace = "ours, 2 streams, Replace";

    /// <summary>Everything in one transaction.</summary>
    public const string OneChunk = "ours, 1 stream, one chunk";

    /// <summary>A file of which one row in a thousand is bad.</summary>
    public const string Dirty = "ours, 2 streams, 12 classes of bad rows";

    /// <summary>The same without those bad rows that only the server can tell.</summary>
    public const string PlainlyDirty = "ours, 2 streams, 10 classes of bad rows";

    private const double QuickShare = 0.15;

    /// <summary>The contests by name; each is made when its function is called.</summary>
    public IReadOnlyList<(string Name, Func<CancellationToken, Task<Contest>> Make)> All =>
    [
        .. new[] { LoadShape.Narrow, LoadShape.Wide, LoadShape.Texts }.Select(shape =>
            ($"csv {shape.Name}", (Func<CancellationToken, Task<Contest>>)(token => CsvAsync(shape, token)))),
        ("csv dirty", DirtyAsync),
        ("table narrow", CopyAsync),
        ("generator narrow", NarrowAsync),
        ("generator fraud", FraudAsync),
        ("generator accounts", AccountsAsync),
    ];

    /// <summary>Whether a quick run has time for a contender: everybody meets in the narrow contests, in others only those that targets need most.</summary>
    public static bool IsQuick(string contest, Contender contender) =>
        contest is "csv narrow" or "generator narrow"
        || (contender.Name is not (One or "psql, 2 sessions") && contender is not BinaryImporter);

    private async Task<Contest> CsvAsync(LoadShape shape, CancellationToken cancellationToken)
    {
        long rows = Rows(shape.Rows);
        ShapeFiles files = await ShapeFiles.WriteAsync(server, shape, rows, Streams, folder, cancellationToken);
        BulkLoadOptions load = new() { Table = shape.Name, Path = [files.Whole], Header = CsvHeader.None, Mode = BulkLoadMode.Append };
        return new Contest($"csv {shape.Name}", shape.Name, shape.Ddl, rows,
        [
            Own(One, load with { ThrottleLimit = 1 }),
            Own(Many, load with { ThrottleLimit = Streams }),
            .. options.Quick ? Array.Empty<Contender>() : [Own(Replace, load with { ThrottleLimit = Streams, Mode = BulkLoadMode.Replace })],
            new PsqlCopy(server, shape.Name, [files.Whole]),
            new PsqlCopy(server, shape.Name, files.Parts),
            .. options.Quick && shape != LoadShape.Narrow ? Array.Empty<Contender>() : [new PgLoader(server, shape, files.Whole, Streams)],
            new RawBinary(server, shape.Name, Streams, token => ShapeFiles.BinaryAsync(server, shape, rows, Streams, token)),
        ])
        { InputBytes = (double)files.CsvBytes / rows };
    }

    /// <summary>The same good rows with and without bad ones between them, in twelve classes of which the last two only the server sees.</summary>
    private async Task<Contest> DirtyAsync(CancellationToken cancellationToken)
    {
        const string Table = "dirty";
        long rows = Rows(LoadShape.Narrow.Rows);
        ShapeFiles files = await ShapeFiles.WriteAsync(server, LoadShape.Narrow, rows, parts: 1, folder, cancellationToken);
        BulkLoadOptions load = new() { Table = Table, Path = [files.Whole], Header = CsvHeader.None, Mode = BulkLoadMode.Append, ThrottleLimit = Streams };
        return new Contest("csv dirty", Table, DirtyFile.Ddl, rows,
        [
            Own(Many, load),
            await DirtyAsync(Dirty, DirtyFile.Classes),
            await DirtyAsync(PlainlyDirty, DirtyFile.PlainClasses),
        ])
        { InputBytes = (double)files.CsvBytes / rows };

        async Task<OwnLoad> DirtyAsync(string name, int classes)
        {
            string file = Path.Combine(folder, $"dirty.{classes}.csv");
            long bad = await DirtyFile.WriteAsync(files.Whole, file, classes, cancellationToken);
            string rejects = Path.Combine(folder, "rejects.csv");
            return new OwnLoad(server, name, load with { Path = [file], MaxErrors = "1%", RejectPath = rejects }) { Rejected = bad };
        }
    }

    /// <summary>The same table in another database: the server reads it as well as writing it.</summary>
    private async Task<Contest> CopyAsync(CancellationToken cancellationToken)
    {
        LoadShape shape = LoadShape.Narrow;
        long rows = Rows(shape.Rows);
        SourceDatabase source = await SourceDatabase.CreateAsync(server, shape, rows, cancellationToken);
        BulkLoadOptions load = new()
        {
            Table = shape.Name, SourceTable = shape.Name, SourceSession = source.Session.Name, Mode = BulkLoadMode.Append,
        };
        return new Contest("table narrow", shape.Name, shape.Ddl, rows,
        [
            new OwnLoad(server, One, load with { ThrottleLimit = 1 }) { Source = source.Session },
            new OwnLoad(server, Many, load with { ThrottleLimit = Streams }) { Source = source.Session },
            new PsqlPipe(server, source, shape.Name),
            new PgCopyDb(server, source, folder, Streams),
        ]);
    }

    private async Task<Contest> NarrowAsync(CancellationToken cancellationToken)
    {
        const string Table = "generated_narrow";
        long rows = Rows(2_500_000);
        BulkLoadOptions load = new() { Table = Table, Synthetic = true, Rows = rows, Mode = BulkLoadMode.Append };
        return new Contest($"generator narrow", Table, LoadShape.Narrow.Ddl, rows,
        [
            Own(One, load with { ThrottleLimit = 1 }),
            Own(OneChunk, load with { ThrottleLimit = 1, ChunkRows = (int)rows }),
            Own(Many, load with { ThrottleLimit = Streams }),
            .. await PeersAsync(Table, LoadShape.Narrow.Ddl, rows, cancellationToken),
        ]);
    }

    /// <summary>A table of the reference workload: hashed key and 10 columns, loaded as Replace loads it, without its key's index.</summary>
    private async Task<Contest> FraudAsync(CancellationToken cancellationToken)
    {
        FraudTable table = FraudWorkload.Tables.First(one => one.Family == "time_since");
        TableDefinition definition = table.Definition();
        string ddl = string.Join(", ", definition.Columns.Select(column => $"{column.Name} {column.Type}{(column.NotNull ? " NOT NULL" : "")}"));
        const string Key = "hashkey";
        long rows = Rows(2_500_000);
        BulkLoadOptions load = new() { Table = table.Name, Synthetic = true, Rows = rows, Mode = BulkLoadMode.Replace };
        return new Contest("generator fraud", table.Name, ddl, rows,
        [
            new OwnLoad(server, One, load with { ThrottleLimit = 1 }) { Key = Key },
            new OwnLoad(server, Many, load with { ThrottleLimit = Streams }) { Key = Key },
            .. await PeersAsync(table.Name, $"{ddl}, PRIMARY KEY ({Key})", rows, cancellationToken),
        ]);
    }

    /// <summary>The columns of pgbench_accounts; "identity" tells our generator that aid is the key, and makes no index.</summary>
    private async Task<Contest> AccountsAsync(CancellationToken cancellationToken)
    {
        const string Table = "generated_accounts";
        const string Ddl = "aid integer GENERATED BY DEFAULT AS IDENTITY, bid integer, abalance integer, filler character(84)";
        int scale = Math.Max(1, (int)(Rows(2_500_000) / PgBench.RowsOfScale));
        long rows = (long)scale * PgBench.RowsOfScale;
        BulkLoadOptions load = new() { Table = Table, Synthetic = true, Rows = rows, Mode = BulkLoadMode.Append };
        return new Contest("generator accounts", Table, Ddl, rows,
        [
            Own(One, load with { ThrottleLimit = 1 }),
            Own(Many, load with { ThrottleLimit = Streams }),
            new PgBench(server, scale),
            .. await PeersAsync(Table, Ddl, rows, cancellationToken),
        ]);
    }

    private async Task<Contender[]> PeersAsync(string table, string ddl, long rows, CancellationToken cancellationToken)
    {
        await server.ExecuteAsync($"DROP TABLE IF EXISTS {table}; CREATE TABLE {table} ({ddl})", cancellationToken);
        SyntheticTable generated = await GeneratedRows.OfAsync(server, table, rows, cancellationToken);
        return
        [
            new BinaryImporter(server, table, generated, Streams),
            new RawBinary(server, table, Streams, token => GeneratedRows.EncodeAsync(generated, Streams, token)),
        ];
    }

    private OwnLoad Own(string name, BulkLoadOptions load) => new(server, name, load);

    private long Rows(long full) => Math.Max(1_000, (long)(full * options.Rows * (options.Quick ? QuickShare : 1)));
}
