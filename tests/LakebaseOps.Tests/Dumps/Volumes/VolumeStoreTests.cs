using LakebaseOps.Dumps.Folders;
using LakebaseOps.Dumps.Volumes;

namespace LakebaseOps.Tests.Dumps.Volumes;

/// <summary>What a place on a volume promises, without a database.</summary>
public sealed class VolumeStoreTests : IAsyncDisposable
{
    private const string Place = "dbfs:/Volumes/main/ops/dumps/place";
    private readonly FakeWorkspace _workspace = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static JournalHead Head => new()
    {
        Source = new ManifestSource { Host = "h", Port = 1, Database = "d", ServerVersion = "17", Encoding = "UTF8", Snapshot = "1:1:", TakenAt = default },
        Identity = "i",
        Selection = new ManifestSelection { Content = DumpContent.All },
        DataFormat = DumpDataFormat.Binary,
        Compression = DumpCompression.None,
    };

    public ValueTask DisposeAsync() => _workspace.DisposeAsync();

    [Fact]
    public async Task A_place_that_was_taken_over_is_noticed()
    {
        VolumeStore store = _workspace.Store(Place);
        using DumpJournal first = await store.OpenJournalAsync(Cancel);
        await first.BeginAsync(Head, [], Cancel);
        await first.ProveAsync(Cancel);
        using DumpJournal second = await store.OpenJournalAsync(Cancel);
        Assert.Equal(Head.Identity, second.Head!.Identity);
        await second.BeginAsync(Head, [], Cancel);
        Assert.Equal(ErrorIds.ResourceBusy, (await Assert.ThrowsAsync<LakebaseException>(() => first.ProveAsync(Cancel))).Error.Id);
        await second.ProveAsync(Cancel);
        Assert.NotEqual(first.Mark, second.Mark);
    }

    [Theory]
    [InlineData("bytes 0-999/2000", "Wed, 21 Oct 2026 07:28:00 GMT")]
    [InlineData("bytes 1000-1999/2001", "Wed, 21 Oct 2026 07:28:00 GMT")]
    [InlineData("bytes 1000-1999/2000", "Wed, 21 Oct 2026 07:28:01 GMT")]
    public async Task Only_the_rest_of_the_same_file_is_taken(string range, string modified)
    {
        byte[] bytes = new byte[2000];
        _workspace.Instead = request => !request.Path.EndsWith("/file", StringComparison.Ordinal) ? null
            : request.Headers.ContainsKey("Range") ? new FakeAnswer(206, bytes[1000..]) { Headers = { ["Content-Range"] = range, ["Last-Modified"] = modified } }
            : new FakeAnswer(200, bytes) { DropAfter = 1000, Headers = { ["Last-Modified"] = "Wed, 21 Oct 2026 07:28:00 GMT" } };
        Assert.Contains("changed", (await Assert.ThrowsAsync<IOException>(() => _workspace.Store(Place).ReadAsync("file", Cancel))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_manifest_whose_answer_was_lost_is_there()
    {
        VolumeStore store = _workspace.Store(Place);
        await store.WriteAsync(ManifestText.FileName, [1, 2], Cancel);
        await store.WriteAsync(ManifestText.FileName, [1, 2], Cancel);
        Assert.Equal(ErrorIds.FileExists, (await Assert.ThrowsAsync<LakebaseException>(() => store.WriteAsync(ManifestText.FileName, [1, 3], Cancel))).Error.Id);
        Assert.Equal([1, 2], await store.ReadAsync(ManifestText.FileName, Cancel));
    }
}
