using LakebaseOps.Dumps.Exporting;
using LakebaseOps.Dumps.Folders;

namespace LakebaseOps.Tests.Dumps.Exporting;

/// <summary>Dumps that are broken off, however that happens, go on where they were; none has a manifest that lies.</summary>
public sealed class ResumeDumpTests(PostgresServer server) : DumpTest(server)
{
    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await ExecuteAsync("CREATE TABLE rows (id int, t text); INSERT INTO rows SELECT i, md5(i::text) FROM generate_series(1, 30000) i; CREATE TABLE other (id int); INSERT INTO other VALUES (1)");
    }

    [Fact]
    public async Task Broken_off_at_any_point_it_goes_on()
    {
        Random random = new(4711);
        int cases = Soak.Cases(4, 50);
        for (int number = 0; number < cases; number++)
        {
            bool cancels = number % 2 == 0;
            await BreakAsync(random.Next(1, 600_000), cancels);
            Assert.False(File.Exists(Path.Combine(Folder, ManifestText.FileName)));
            LakebaseException partial = await Assert.ThrowsAsync<LakebaseException>(() => DumpFolder.OpenAsync(Folder, Cancel));
            Assert.Equal(ErrorIds.DumpIncomplete, partial.Error.Id);
            await ResumeAsync(Options with { Compression = DumpCompression.None });
            Assert.False(File.Exists(Path.Combine(Folder, FileJournal.FileName)));
            await SameAsync();
            Directory.Delete(Folder, recursive: true);
        }
    }

    [Fact]
    public async Task Rows_that_have_changed_since_are_not_mixed_unless_asked_for()
    {
        await BreakAsync(900_000, cancels: false);
        await ExecuteAsync("INSERT INTO other VALUES (2)");
        ExportDumpOptions again = Options with { Compression = DumpCompression.None };
        Assert.Equal(ErrorIds.DumpSnapshotGone, (await Assert.ThrowsAsync<LakebaseException>(() => DumpAsync(again))).Error.Id);
        DumpResult mixed = await DumpAsync(again with { AllowInconsistent = true });
        Assert.False(mixed.Consistent);
        Assert.True(mixed.ChunksKept > 0);
        DumpManifest manifest = await SameAsync();
        Assert.Equal(mixed.ChunksKept, manifest.Tables.Sum(table => table.Chunks.Count(chunk => chunk.Snapshot is not null)));
        // A completed dump stays, whatever is asked.
        Assert.Equal(ErrorIds.FileExists, (await Assert.ThrowsAsync<LakebaseException>(() => DumpAsync(again with { Force = true }))).Error.Id);
        Directory.Delete(Folder, recursive: true);
        await BreakAsync(900_000, cancels: false);
        await ExecuteAsync("INSERT INTO other VALUES (3)");
        DumpResult anew = await DumpAsync(again with { Force = true });
        Assert.Equal((true, 0), (anew.Consistent, anew.ChunksKept));
        await SameAsync();
    }

    [Fact]
    public async Task A_kept_chunk_that_was_damaged_is_read_again()
    {
        await BreakAsync(900_000, cancels: false);
        string file = Directory.EnumerateFiles(Folder, "*.copy", SearchOption.AllDirectories).Where(path => new FileInfo(path).Length > 1000).Order().First();
        byte[] bytes = await File.ReadAllBytesAsync(file, Cancel);
        bytes[500] ^= 1;
        await File.WriteAllBytesAsync(file, bytes, Cancel);
        await ResumeAsync(Options with { Compression = DumpCompression.None });
        await SameAsync();
    }

    [Fact]
    public async Task A_lost_connection_costs_a_chunk_and_no_more()
    {
        int cut = 0;
        ExportDumpOperation operation = Operation(Options with { Compression = DumpCompression.None }, file => new FaultyStream(file, _ =>
        {
            if (Interlocked.Increment(ref cut) == 3)
                ExecuteAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'LakebaseOps dump' AND state = 'active' AND datname = current_database()").GetAwaiter().GetResult();
        }));
        Assert.True(Assert.Single((await RecordingSink.RunAsync(operation, Cancel)).Of<DumpResult>()).Consistent);
        Assert.True(cut > 3);
        await SameAsync();
    }

    [Fact]
    public async Task Without_its_snapshot_a_dump_ends()
    {
        int cut = 0;
        ExportDumpOperation operation = Operation(Options with { Compression = DumpCompression.None }, file => new FaultyStream(file, _ =>
        {
            if (Interlocked.Increment(ref cut) == 2)
                ExecuteAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'LakebaseOps dump' AND state LIKE 'idle%' AND datname = current_database()").GetAwaiter().GetResult();
        }));
        LakebaseException gone = await Assert.ThrowsAsync<LakebaseException>(() => RecordingSink.RunAsync(operation, Cancel));
        Assert.Equal(ErrorIds.DumpSnapshotGone, gone.Error.Id);
        Assert.False(File.Exists(Path.Combine(Folder, ManifestText.FileName)));
    }

    [Fact]
    public async Task Folders_with_other_things_are_left_alone()
    {
        Directory.CreateDirectory(Folder);
        await File.WriteAllTextAsync(Path.Combine(Folder, "mine.txt"), "mine", Cancel);
        Assert.Equal(ErrorIds.FileExists, (await Assert.ThrowsAsync<LakebaseException>(() => DumpAsync(Options with { Force = true }))).Error.Id);
        Assert.Equal([Path.Combine(Folder, "mine.txt")], Directory.EnumerateFileSystemEntries(Folder));
    }

    /// <summary>
    /// Goes on. Where no transaction of the whole server has ended in between, the dump is of one moment; else it must be asked for what
    /// cannot be proved, though of this database nothing has changed.
    /// </summary>
    private async Task ResumeAsync(ExportDumpOptions options)
    {
        DumpResult result;
        try
        {
            result = await DumpAsync(options);
            Assert.True(result.Consistent);
        }
        catch (LakebaseException gone) when (gone.Error.Id == ErrorIds.DumpSnapshotGone)
        {
            result = await DumpAsync(options with { AllowInconsistent = true });
        }

        Assert.Equal(result.Consistent, (await DumpFolder.OpenAsync(Folder, Cancel)).Manifest.Consistent);
    }

    /// <summary>A dump that ends after so many bytes: the disk is full, or somebody stops it.</summary>
    private async Task BreakAsync(long bytes, bool cancels)
    {
        long left = bytes;
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        ExportDumpOperation operation = Operation(Options with { Compression = DumpCompression.None }, file => new FaultyStream(file, count =>
        {
            if (Interlocked.Add(ref left, -count) > 0)
                return;
            if (!cancels)
                throw new IOException("No space left on device");
            stop.Cancel();
        }));
        Exception broken = await Assert.ThrowsAnyAsync<Exception>(() => RecordingSink.RunAsync(operation, stop.Token));
        if (cancels)
            Assert.IsAssignableFrom<OperationCanceledException>(broken);
        else
            Assert.Equal(ErrorIds.PathNotWritable, Assert.IsType<LakebaseException>(broken).Error.Id);
    }
}
