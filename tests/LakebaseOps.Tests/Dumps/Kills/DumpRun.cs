using LakebaseOps.Connections;
using LakebaseOps.Dumps.Definitions;
using LakebaseOps.Dumps.Exporting;
using LakebaseOps.Dumps.Folders;
using LakebaseOps.Dumps.Restoring;
using LakebaseOps.Loading.Wire;
using LakebaseOps.Operations;
using LakebaseOps.Tests.Dumps.Exporting;
using LakebaseOps.Tests.Loading.Faults;
using Npgsql;

namespace LakebaseOps.Tests.Dumps.Kills;

/// <summary>A dump that dies.</summary>
internal sealed class DumpRun(KillServers servers, KillPoint point, string folder, SmallDisk? disk) : KillRun(servers, point)
{
    /// <summary>Files of a dump in the order in which they appear, behind those of the rows.</summary>
    private static readonly string[] Last =
    [
        "schema/pre-data.sql", "schema/post-data.sql.new", "schema/post-data.sql", "restore.sh", "restore.ps1.new", "restore.ps1", "manifest.json.new", "manifest.json",
    ];

    private Dictionary<string, DateTime> _kept = [];
    private ExportDumpOptions _options = KillServers.Export(folder);
    private long _room = long.MaxValue;
    private bool _isAnew;
    private int _call;

    private string Manifest => Path.Combine(folder, ManifestText.FileName);

    /// <inheritdoc />
    protected override async Task<(Operation Operation, PostgresSession[] Sessions)> OperationAsync()
    {
        PostgresSession session = await Servers.OpenAsync(atSource: true, "kills");
        // Where no disk can be mounted, writing fails as if it were full.
        Func<Stream, Stream>? through = Point.Killer != Killer.Disk || disk is not null ? null : file => new FaultyStream(file, count =>
        {
            if (Interlocked.Add(ref _room, -count) < 0)
                throw new IOException("No space left on device");
        });
        return (new ExportDumpOperation(session, _options) { Through = through }, [session]);
    }

    /// <inheritdoc />
    protected override RunnerProcess Start() => RunnerProcess.Start(
        "Export-LakebaseDump",
        new()
        {
            ["Path"] = folder, ["ChunkBytes"] = _options.ChunkBytes, ["ThrottleLimit"] = _options.ThrottleLimit, ["Compression"] = _options.Compression.ToString(),
            ["AllowInconsistent"] = _options.AllowInconsistent ? true : null, ["Force"] = _options.Force ? true : null,
        },
        Servers.ConnectionString(atSource: true, "kills"), Servers.Folder);

    /// <inheritdoc />
    protected override async Task BeforeAsync(int call)
    {
        _call = call;
        if (Point.Killer == Killer.Disk)
        {
            // Each call finds more room than the one before, the last one enough.
            double share = call < Point.Moments.Count ? Point.Moments.Take(call + 1).Max(moment => moment.Share) : 4;
            _room = (long)(share * Servers.DumpBytes);
            if (disk is not null)
                await disk.ResizeAsync(Math.Max(64, (int)(_room / 1024)));
        }

        _isAnew = _options.Force;
        _kept = Journalled().ToDictionary(file => file, File.GetLastWriteTimeUtc);
    }

    /// <inheritdoc />
    protected override async Task AfterAsync(string? failure)
    {
        if (File.Exists(Manifest))
        {
            await AssertWholeAsync();
        }
        else
        {
            Assert.True(failure is not null, Story);
            Assert.Contains((await Assert.ThrowsAsync<LakebaseException>(() => DumpFolder.OpenAsync(folder, Cancel))).Error.Id, new[] { ErrorIds.DumpIncomplete, ErrorIds.DumpNotFound });
        }

        string[] still = File.Exists(Manifest) ? [.. _kept.Keys] : Journalled();
        // A full disk may not even take the names of what is there.
        if (!_isAnew && Point.Killer != Killer.Disk)
            Assert.True(_kept.Keys.Except(still).FirstOrDefault() is null, $"Not kept any more: {string.Join(", ", _kept.Keys.Except(still))}. {Story}");
        // What was there is not written again.
        if (!_isAnew)
            Assert.True(_kept.Where(file => still.Contains(file.Key)).All(file => File.GetLastWriteTimeUtc(file.Key) == file.Value), Story);
        if (failure is null && Result is DumpResult result)
            Assert.True(result.ChunksKept == (_isAnew ? 0 : _kept.Count), $"{result.ChunksKept} of {_kept.Count} chunks were kept. {Story}");
        _options = _options with { Force = false };
        if (failure == ErrorIds.DumpSnapshotGone)
            _options = _options with { Force = !Point.Mixes, AllowInconsistent = Point.Mixes };
    }

    /// <inheritdoc />
    protected override bool IsExpected(string failure) =>
        (Point.Killer == Killer.Disk && failure == ErrorIds.PathNotWritable)
        // It had come to its end when it was killed.
        || (failure.Contains(ErrorIds.FileExists, StringComparison.Ordinal) && File.Exists(Manifest));

    /// <inheritdoc />
    protected override async Task AccompanyAsync(RunnerProcess process, Strike strike)
    {
        if (!Point.AtFile || !strike.IsArmed)
            return;
        double share = Point.Moments[_call].Share;
        string? last = share < 0.5 ? null : Path.Combine(folder, Last[(int)((share - 0.5) * 2 * Last.Length)]);
        int files = (int)(share * 2 * 40);
        // A process takes its time to start, which nobody need watch; what it then writes is there for less than a look takes.
        while (!process.HasExited && !Directory.Exists(folder))
            await Task.Delay(1, Cancel);
        while (!process.HasExited && !(last is null ? Directory.EnumerateFiles(folder, "*.copy", SearchOption.AllDirectories).Count() > files : File.Exists(last)))
            Cancel.ThrowIfCancellationRequested();
        strike.Happen();
        await process.EndAsync(Cancel);
    }

    /// <inheritdoc />
    protected override async Task VerifyAsync()
    {
        Assert.True(!File.Exists(Path.Combine(folder, FileJournal.FileName)), Story);
        Assert.True(!Directory.EnumerateFiles(folder, "*.new", SearchOption.AllDirectories).Any(), Story);
        DumpFolder dump = await DumpFolder.OpenAsync(folder, Cancel);
        DatabaseDefinition definition = await dump.ReadDefinitionAsync(Cancel);
        Assert.Equal(Servers.Definition.Read, definition.Objects.Select(one => $"{one.Sql} {one.OwnerSql}"));
        Assert.True(dump.Manifest.Consistent || _options.AllowInconsistent, Story);
        await using PostgresSession session = await Servers.LookAsync(atSource: true, "kills");
        await using NpgsqlConnection connection = await session.OpenAsync(Cancel);
        foreach (ManifestTable table in dump.Manifest.Tables.Where(table => table.Columns.Count > 0))
        {
            Assert.Equal((Story, await ContentAsync(connection, new TableName(table.Schema, table.Name), table.Columns)), (Story, (table.Rows, table.Hash)));
        }
    }

    /// <summary>Rows and hash of a table as a manifest has them.</summary>
    private static async Task<(long Rows, string Hash)> ContentAsync(NpgsqlConnection connection, TableName table, IReadOnlyList<string> columns)
    {
        OidMask? mask = await OidMask.ReadAsync(connection, table, columns, Cancel);
        long rows = 0;
        UInt128 sum = 0;
        await CopyRows.ReadAsync(connection, $"{table.ToSql()} ({string.Join(", ", columns.Select(TableName.Quote))})", row =>
        {
            sum = unchecked(sum + (mask?.Hash(row) ?? RowHash.Of(row)));
            rows++;
        }, Cancel);
        return (rows, RowMeter.Text(sum));
    }

    /// <summary>What no manifest may be without.</summary>
    private async Task AssertWholeAsync()
    {
        DumpCheck check = Assert.Single((await RecordingSink.RunAsync(new TestDumpOperation(new TestDumpOptions { Path = [folder] }), Cancel)).Of<DumpCheck>());
        Assert.True(check.IsWhole || check.Problems.All(problem => problem.File == FileJournal.FileName), $"{string.Join('\n', check.Problems)}\n{Story}");
    }

    /// <summary>Files of chunks that the journal says are there.</summary>
    private string[] Journalled()
    {
        if (!File.Exists(Path.Combine(folder, FileJournal.FileName)) || File.Exists(Manifest))
            return [];
        using FileJournal journal = FileJournal.Open(folder);
        return [.. journal.Chunks.Select(chunk => DumpFiles.Resolve(folder, chunk.Chunk.File))];
    }
}
