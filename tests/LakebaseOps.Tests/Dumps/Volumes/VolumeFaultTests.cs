using LakebaseOps.Dumps.Folders;
using LakebaseOps.Dumps.Volumes;

namespace LakebaseOps.Tests.Dumps.Volumes;

/// <summary>What passes by itself costs nothing but time; what does not is said.</summary>
public sealed class VolumeFaultTests(PostgresServer server) : VolumeTest(server)
{
    [Fact]
    public async Task A_workspace_that_is_overloaded_is_asked_again()
    {
        int asked = 0;
        // Nearly every other request, of whatever kind, is refused in one of three ways, logins among them.
        Workspace.Instead = _ => (Interlocked.Increment(ref asked) % 5) switch
        {
            0 => new FakeAnswer(503, "<html>busy</html>"u8.ToArray()) { Headers = { ["Retry-After"] = "1" } },
            2 => FakeAnswer.Error(429, "REQUEST_LIMIT_EXCEEDED", "Slow down"),
            _ => null,
        };
        await ExportAsync();
        await SameAsync();
    }

    [Fact]
    public async Task Connections_that_break_in_a_body_cost_the_rest_of_it()
    {
        int uploads = 0;
        int downloads = 0;
        Workspace.DropUpload = request => request.Method == "PUT" && request.Path.EndsWith(".copy", StringComparison.Ordinal)
            && Interlocked.Increment(ref uploads) is 2 or 4 ? 10_000 : long.MaxValue;
        await ExportAsync();
        Assert.True(uploads > 4);
        Workspace.Instead = request =>
        {
            if (request.Method != "GET" || !request.Path.EndsWith(".copy", StringComparison.Ordinal) || request.Headers.ContainsKey("Range") || Interlocked.Increment(ref downloads) % 2 == 0)
                return null;
            byte[] all = Workspace.Files[request.Path["/api/2.0/fs/files".Length..]];
            return new FakeAnswer(200, all) { DropAfter = all.Length / 2, Headers = { ["Last-Modified"] = "Wed, 21 Oct 2026 07:28:00 GMT" } };
        };
        await SameAsync();
        Assert.Contains(Workspace.Requests, request => request.Headers.ContainsKey("Range") && request.Headers.ContainsKey("If-Unmodified-Since"));
    }

    [Fact]
    public async Task A_file_that_changes_while_it_is_read_is_damaged()
    {
        await ExportAsync();
        string file = Workspace.Files.First(one => one.Value.Length > 10_000 && one.Key.EndsWith(".copy", StringComparison.Ordinal)).Key;
        Workspace.Instead = request => request.Method != "GET" || !request.Path.EndsWith(file, StringComparison.Ordinal) ? null
            : request.Headers.ContainsKey("Range") ? FakeAnswer.Error(412, "PRECONDITION_FAILED", "It has changed.")
            : new FakeAnswer(200, Workspace.Files[file]) { DropAfter = 5000, Headers = { ["Last-Modified"] = "Wed, 21 Oct 2026 07:28:00 GMT" } };
        Assert.Contains("changed while it was read", Assert.Single((await TestAsync()).Problems).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_that_expires_is_renewed_and_one_that_is_never_good_is_not_tried_for_long()
    {
        Workspace.TokenUses = 7;
        await ExportAsync();
        Assert.True(Workspace.TokensIssued > 3);
        await SameAsync();
        Workspace.TokenUses = 0;
        int before = Workspace.TokensIssued;
        LakebaseError refused = await FailAsync(() => DumpFolder.OpenAsync(Workspace.Store(Place), Cancel));
        Assert.Equal((ErrorIds.AuthenticationFailed, 2), (refused.Id, Workspace.TokensIssued - before));
        VolumeStore fixedToken = new(VolumePath.Parse(Place), new VolumeClient(Workspace.Workspace("hidden-of-mine")));
        Assert.Equal(ErrorIds.AuthenticationFailed, (await FailAsync(() => DumpFolder.OpenAsync(fixedToken, Cancel))).Id);
    }

    [Theory]
    [InlineData(403, "LakebaseOps.PermissionDenied")]
    [InlineData(413, "LakebaseOps.VolumeFileTooLarge")]
    [InlineData(429, "LakebaseOps.ServerLimit")]
    [InlineData(500, "LakebaseOps.ServerUnavailable")]
    [InlineData(418, "LakebaseOps.VolumeFailed")]
    public async Task A_refusal_has_an_id_and_a_remedy(int status, string id)
    {
        Workspace.Instead = request => request.Method == "PUT" && request.Path.EndsWith(".json", StringComparison.Ordinal) ? FakeAnswer.Error(status, "CODE", "Because") : null;
        LakebaseError refused = await FailAsync(() => ExportAsync());
        Assert.Equal(id, refused.Id);
        Assert.Contains("CODE: Because", refused.Message, StringComparison.Ordinal);
        Assert.NotEmpty(refused.Remedy!);
        Assert.DoesNotContain(Workspace.Files.Keys, file => file.EndsWith("manifest.json", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_cannot_be_written_to_is_said_first()
    {
        Assert.Equal(ErrorIds.VolumeNotFound, (await FailAsync(() => ExportAsync(Options with { Path = "dbfs:/Volumes/main/ops/none/x" }))).Id);
        Assert.Equal(ErrorIds.InvalidArgument, (await FailAsync(() => ExportAsync(Options with { ChunkBytes = 2L << 30 }))).Id);
        Workspace.Files[FakeWorkspace.Volume + "/file"] = [1];
        Assert.Equal(ErrorIds.FileExists, (await FailAsync(() => ExportAsync(Options with { Path = "dbfs:/Volumes/main/ops/dumps/file" }))).Id);
        Workspace.Files[FakeWorkspace.Volume + "/mine/file"] = [1];
        Assert.Equal(ErrorIds.FileExists, (await FailAsync(() => ExportAsync(Options with { Path = "dbfs:/Volumes/main/ops/dumps/mine" }))).Id);
        Assert.Equal(2, Workspace.Files.Count);
    }

    [Fact]
    public async Task A_file_that_a_volume_cannot_take_is_given_up()
    {
        VolumeStore store = new(VolumePath.Parse(Place), new VolumeClient(Workspace.Workspace())) { MostBytes = 1000 };
        await using (StoreOutput file = store.Create("data/x"))
        {
            file.Stream.Write(new byte[1000]);
            Assert.Equal(ErrorIds.VolumeFileTooLarge, Assert.Throws<LakebaseException>(() => file.Stream.Write(new byte[1])).Error.Id);
        }

        Assert.Empty(Workspace.Files);
    }

    [Fact]
    public async Task What_is_not_stored_as_it_was_sent_gets_no_manifest()
    {
        // The service loses a file behind our back.
        Workspace.Instead = request =>
        {
            if (request.Method == "PUT" && request.Path.EndsWith("restore.sh", StringComparison.Ordinal))
                Workspace.Files.TryRemove(Workspace.Files.Keys.First(file => file.EndsWith(".copy", StringComparison.Ordinal)), out _);
            return null;
        };
        Assert.Equal(ErrorIds.VolumeFailed, (await FailAsync(() => ExportAsync())).Id);
        Assert.DoesNotContain(Workspace.Files.Keys, file => file.EndsWith("manifest.json", StringComparison.Ordinal));
    }
}
