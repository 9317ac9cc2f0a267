using System.Text;
using LakebaseOps.Dumps.Exporting;
using LakebaseOps.Dumps.Folders;
using LakebaseOps.Dumps.Restoring;
using LakebaseOps.Tests.Dumps.Restoring;

namespace LakebaseOps.Tests.Dumps.Volumes;

/// <summary>Base of tests that dump their database onto a volume.</summary>
public abstract class VolumeTest(PostgresServer server) : RestoreTest(server)
{
    protected const string Place = "dbfs:/Volumes/main/ops/dumps/a b/50%#ü?";

    private protected FakeWorkspace Workspace { get; } = new();

    private protected static ExportDumpOptions Options => new() { Path = Place, ChunkBytes = 64 * 1024, ThrottleLimit = 2, Compression = DumpCompression.None };

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await ExecuteAsync(
            """
            CREATE TABLE rows (id int PRIMARY KEY, t text); INSERT INTO rows SELECT i, md5(i::text) FROM generate_series(1, 20000) i;
            CREATE TABLE "a b#c/d%e?ü" (id int); INSERT INTO "a b#c/d%e?ü" VALUES (1), (2); CREATE TABLE empty (id int);
            """);
    }

    public override async ValueTask DisposeAsync()
    {
        await Workspace.DisposeAsync();
        await base.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private protected ExportDumpOperation Export(ExportDumpOptions options, Func<Stream, Stream>? through = null) =>
        new(Session, options) { Stores = Workspace.Store, Through = through };

    private protected async Task<DumpResult> ExportAsync(ExportDumpOptions? options = null) =>
        Assert.Single(Clean(await RecordingSink.RunAsync(Export(options ?? Options), Cancel)).Of<DumpResult>());

    private protected async Task<DumpCheck> TestAsync() => Assert.Single(Clean(await RecordingSink.RunAsync(
        new TestDumpOperation(new TestDumpOptions { Path = [Place], ThrottleLimit = 2 }) { Stores = Workspace.Store }, Cancel)).Of<DumpCheck>());

    private protected async Task<RestoreResult> RestoreAsync() => Assert.Single(Clean(await RecordingSink.RunAsync(
        new ImportDumpOperation(Target, new ImportDumpOptions { Path = Place }) { Stores = Workspace.Store }, Cancel)).Of<RestoreResult>());

    private protected static async Task<LakebaseError> FailAsync(Func<Task> work)
    {
        LakebaseException failed = await Assert.ThrowsAsync<LakebaseException>(work);
        Assert.DoesNotContain("hidden", failed.ToString(), StringComparison.Ordinal);
        return failed.Error;
    }

    /// <summary>The dump in the volume is whole and the target gets what the source has.</summary>
    private protected async Task SameAsync()
    {
        DumpCheck check = await TestAsync();
        Assert.True(check.IsWhole, string.Join('\n', check.Problems.Select(problem => problem.Problem)));
        await RestoreAsync();
        const string content = """SELECT (SELECT md5(string_agg(r::text, ',' ORDER BY id)) FROM rows r) || (SELECT sum(id) FROM "a b#c/d%e?ü") || (SELECT count(*) FROM empty)""";
        Assert.Equal(await ScalarAsync<string>(content), await TargetAsync<string>(content));
        Assert.DoesNotContain(Workspace.Files.Keys, file => file.Contains("/progress/", StringComparison.Ordinal));
        foreach (byte[] file in Workspace.Files.Values)
            Assert.Equal(-1, file.AsSpan().IndexOf(Encoding.UTF8.GetBytes("hidden-token")));
    }

    /// <summary>Nothing that was said holds a token.</summary>
    private protected static RecordingSink Clean(RecordingSink sink)
    {
        string[] said =
        [
            .. sink.Results.Select(one => one.ToString()!), .. sink.Warnings, .. sink.Milestones, .. sink.Errors.Select(error => error.ToString()),
            .. sink.Progress.Select(one => one.ToString()),
        ];
        Assert.DoesNotContain(said, text => text.Contains("hidden", StringComparison.Ordinal));
        return sink;
    }
}
