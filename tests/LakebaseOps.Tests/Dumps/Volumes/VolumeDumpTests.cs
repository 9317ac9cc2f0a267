using LakebaseOps.Dumps.Exporting;
using LakebaseOps.Dumps.Folders;
using LakebaseOps.Dumps.Volumes;
using LakebaseOps.Tests.Dumps.Exporting;

namespace LakebaseOps.Tests.Dumps.Volumes;

/// <summary>Dumps on a volume are what dumps in a folder are.</summary>
public sealed class VolumeDumpTests(PostgresServer server) : VolumeTest(server)
{
    [Theory]
    [InlineData(DumpCompression.None)]
    [InlineData(DumpCompression.Zstd)]
    public async Task What_goes_to_a_volume_comes_back(DumpCompression compression)
    {
        Assert.Equal(ErrorIds.DumpNotFound, (await FailAsync(() => DumpFolder.OpenAsync(Workspace.Store(Place), Cancel))).Id);
        DumpResult result = await ExportAsync(Options with { Compression = compression });
        Assert.Equal((Place, 20002), (result.Path, result.Rows));
        Assert.True(result.Chunks > 10);
        await SameAsync();
        RecordingSink described = await RecordingSink.RunAsync(
            new GetDumpOperation(new GetDumpOptions { Path = [Place] }) { Stores = Workspace.Store }, Cancel);
        Assert.Equal((Place, 20002), (Assert.Single(described.Of<DumpInfo>()).Path, described.Of<DumpInfo>()[0].Rows));
        // It is there for good.
        Assert.Equal(ErrorIds.FileExists, (await FailAsync(() => ExportAsync(Options with { Force = true }))).Id);
        Assert.All(Workspace.Requests, request => Assert.DoesNotContain("hidden", request.Target, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Steps_of_a_workflow_take_a_volume_as_the_commands_do()
    {
        Directory.CreateDirectory(Folder);
        Dictionary<string, string?> workspace = new()
        {
            ["DATABRICKS_HOST"] = Workspace.Url.ToString(), ["DATABRICKS_CLIENT_ID"] = "client", ["DATABRICKS_CLIENT_SECRET"] = "hidden-secret", ["DATABRICKS_TOKEN"] = null,
        };
        await StepAsync("Export-LakebaseDump", Session.Database);
        Assert.Contains(Workspace.Files.Keys, file => file.EndsWith("/manifest.json", StringComparison.Ordinal));
        await StepAsync("Test-LakebaseDump", Session.Database);
        await StepAsync("Import-LakebaseDump", Target.Database);
        Assert.Equal(20_000, await TargetAsync<long>("SELECT count(*) FROM rows"));
        // Nothing of it lay on this machine but the workflow and its books.
        Assert.DoesNotContain(Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories), file => file.EndsWith(".copy", StringComparison.Ordinal));

        async Task StepAsync(string command, string database)
        {
            using RunnerProcess process = RunnerProcess.Start(command, new() { ["Path"] = Place }, Server.ConnectionString(database), Folder, environment: workspace);
            (int code, string text) = await process.EndAsync(Cancel);
            Assert.True(code == 0, text);
            Assert.DoesNotContain("hidden", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task To_ask_what_would_be_done_writes_nothing()
    {
        Assert.Equal(Place, (await Export(Options).DescribeAsync(Cancel)).Target);
        Assert.Empty(Workspace.Files);
        Assert.DoesNotContain(Workspace.Requests, request => request.Method is "PUT" or "DELETE");
    }

    [Fact]
    public async Task A_byte_that_has_changed_is_found_and_its_file_named()
    {
        await ExportAsync();
        Random random = new(5);
        foreach ((string file, byte[] bytes) in Workspace.Files.ToArray())
        {
            byte[] damaged = [.. bytes];
            damaged[random.Next(bytes.Length)] ^= 4;
            Workspace.Files[file] = damaged;
            DumpCheck check = await TestAsync();
            Assert.Equal(file, VolumePath.Parse(Place).ToString()["dbfs:".Length..] + "/" + Assert.Single(check.Problems).File);
            Workspace.Files[file] = bytes;
        }

        Assert.True(Workspace.Files.TryRemove(Workspace.Files.Keys.First(file => file.EndsWith(".copy", StringComparison.Ordinal)), out _));
        Assert.Contains("missing", Assert.Single((await TestAsync()).Problems).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Broken_off_it_goes_on_with_what_is_there()
    {
        long left = 700_000;
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => RecordingSink.RunAsync(Export(Options, stream => new FaultyStream(stream, count =>
        {
            if (Interlocked.Add(ref left, -count) <= 0)
                stop.Cancel();
        })), stop.Token));
        Assert.DoesNotContain(Workspace.Files.Keys, file => file.EndsWith("/manifest.json", StringComparison.Ordinal));
        Assert.Equal(ErrorIds.DumpIncomplete, (await FailAsync(() => DumpFolder.OpenAsync(Workspace.Store(Place), Cancel))).Id);
        // One that is damaged meanwhile is read again.
        string file = Workspace.Files.First(one => one.Key.EndsWith(".copy", StringComparison.Ordinal) && one.Value.Length > 1000).Key;
        byte[] damaged = [.. Workspace.Files[file]];
        damaged[100] ^= 1;
        Workspace.Files[file] = damaged;
        DumpResult result;
        try
        {
            result = await ExportAsync();
        }
        catch (LakebaseException gone) when (gone.Error.Id == ErrorIds.DumpSnapshotGone)
        {
            // Tests beside this one have written to the same server.
            result = await ExportAsync(Options with { AllowInconsistent = true });
        }

        Assert.InRange(result.ChunksKept, 1, result.Chunks - 1);
        Assert.False(Workspace.Files.ContainsKey(file));
        await SameAsync();
    }

    [Fact]
    public async Task Of_two_dumps_to_one_place_the_later_has_it()
    {
        int begun = 0;
        RecordingSink? later = null;
        LakebaseError earlier = await FailAsync(() => RecordingSink.RunAsync(Export(Options, stream => new FaultyStream(stream, _ =>
        {
            if (Interlocked.Increment(ref begun) == 1)
                later = RecordingSink.RunAsync(Export(Options with { Force = true }), Cancel).GetAwaiter().GetResult();
        })), Cancel));
        Assert.Single(later!.Of<DumpResult>());
        Assert.Contains(earlier.Id, new[] { ErrorIds.ResourceBusy, ErrorIds.VolumeFailed });
        // What the earlier one has left is no part of the dump, and spoils nothing of it.
        DumpCheck check = await TestAsync();
        Assert.All(check.Problems, problem => Assert.Contains("no part of the dump", problem.Problem, StringComparison.Ordinal));
        Assert.Equal(20002, check.Rows);
    }
}
