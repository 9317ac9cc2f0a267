using System.Net;
using LakebaseOps.Dumps.Folders;

namespace LakebaseOps.Dumps.Volumes;

/// <summary>
/// A folder of a Unity Catalog volume, reached through the Files API of its workspace. A file there is put in one piece, and is there in
/// full or not at all; nothing can be renamed or appended to.
/// </summary>
/// <param name="path">The folder.</param>
/// <param name="client">Sends the requests.</param>
internal sealed class VolumeStore(VolumePath path, VolumeClient client) : DumpStore
{
    private const int Parallel = 4;
    private readonly VolumeListing _listing = new(client);

    /// <summary>Bytes that the service takes in one piece.</summary>
    public long MostBytes { get; init; } = 5L << 30;

    /// <inheritdoc />
    public override string Path { get; } = path.ToString();

    /// <inheritdoc />
    public override string PathOf(string name)
    {
        DumpFiles.Resolve(Path, name);
        return $"{Path}/{name}";
    }

    /// <inheritdoc />
    public override async Task<LakebaseException?> ObstacleAsync(CancellationToken cancellationToken)
    {
        // A volume that is missing is not made; a folder in it is.
        using (await client.SendAsync(HttpMethod.Head, VolumeClient.Folder(path.Volume), $"dbfs:{path.Volume}", [], cancellationToken).ConfigureAwait(false))
        {
        }

        using (HttpResponseMessage file = await client.SendAsync(
            HttpMethod.Head, VolumeClient.File(path.Folder), Path, [HttpStatusCode.NotFound, HttpStatusCode.BadRequest], cancellationToken).ConfigureAwait(false))
        {
            if (file.IsSuccessStatusCode)
                return Exists(Path, "is a file");
        }

        IReadOnlyList<(StoreEntry Entry, bool IsFolder)> found = await _listing.OneAsync(path.Folder, Path, cancellationToken).ConfigureAwait(false);
        return found.Any(one => !one.IsFolder && one.Entry.Name == ManifestText.FileName) ? Exists(Path, "holds a completed dump")
            : found.Count > 0 && !await HasJournalAsync(cancellationToken).ConfigureAwait(false) ? Exists(Path, "holds other files than those of a dump")
            : null;
    }

    /// <inheritdoc />
    public override async Task<DumpJournal> OpenJournalAsync(CancellationToken cancellationToken) =>
        await VolumeJournal.OpenAsync(this, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc />
    public override async Task<bool> HasJournalAsync(CancellationToken cancellationToken)
    {
        using HttpResponseMessage head = await client.SendAsync(
            HttpMethod.Head, VolumeClient.File(Full(VolumeJournal.HeadName)), Path, [HttpStatusCode.NotFound], cancellationToken).ConfigureAwait(false);
        return head.IsSuccessStatusCode;
    }

    /// <inheritdoc />
    public override Task<IReadOnlyList<StoreEntry>> ListAsync(CancellationToken cancellationToken) => _listing.AllAsync(path.Folder, Path, cancellationToken);

    /// <summary>The files below one of its folders, by their names within the dump.</summary>
    public async Task<IReadOnlyList<StoreEntry>> ListAsync(string folder, CancellationToken cancellationToken) =>
        [.. (await _listing.AllAsync(Full(folder), PathOf(folder), cancellationToken).ConfigureAwait(false)).Select(file => file with { Name = $"{folder}/{file.Name}" })];

    /// <inheritdoc />
    public override async Task<Stream> OpenAsync(string name, CancellationToken cancellationToken) =>
        await VolumeStream.OpenAsync(client, Full(name), PathOf(name), cancellationToken).ConfigureAwait(false);

    /// <inheritdoc />
    public override Task MakeFoldersAsync(IEnumerable<string> names, CancellationToken cancellationToken) => EachAsync(names, async (name, stop) =>
    {
        using HttpResponseMessage made = await client.SendAsync(HttpMethod.Put, VolumeClient.Folder(Full(name)), PathOf(name), [], stop, body: []).ConfigureAwait(false);
    }, cancellationToken);

    /// <inheritdoc />
    public override StoreOutput Create(string name) => new VolumeUpload(client, Full(name), PathOf(name), MostBytes);

    /// <inheritdoc />
    public override async Task WriteAsync(string name, byte[] bytes, CancellationToken cancellationToken)
    {
        // Two that end at the same time: only one of them has written the manifest.
        bool once = name == ManifestText.FileName;
        using HttpResponseMessage answer = await client.SendAsync(
            HttpMethod.Put, $"{VolumeClient.File(Full(name))}?overwrite={(once ? "false" : "true")}", PathOf(name),
            once ? [HttpStatusCode.Conflict] : [], cancellationToken, bytes).ConfigureAwait(false);
        // An answer that was lost: then it is there from the request before.
        if (!answer.IsSuccessStatusCode && !(await ReadAsync(name, cancellationToken).ConfigureAwait(false)).AsSpan().SequenceEqual(bytes))
            throw Exists(Path, "holds a completed dump");
    }

    /// <inheritdoc />
    public override async Task ClearAsync(IEnumerable<string> kept, CancellationToken cancellationToken)
    {
        HashSet<string> names = [.. kept];
        IReadOnlyList<StoreEntry> files = await ListAsync(DumpFiles.Data, cancellationToken).ConfigureAwait(false);
        await DeleteAsync(files.Select(file => file.Name).Where(name => !names.Contains(name)), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Removes files.</summary>
    public Task DeleteAsync(IEnumerable<string> names, CancellationToken cancellationToken) => EachAsync(names, async (name, stop) =>
    {
        using HttpResponseMessage gone = await client.SendAsync(HttpMethod.Delete, VolumeClient.File(Full(name)), PathOf(name), [HttpStatusCode.NotFound], stop).ConfigureAwait(false);
    }, cancellationToken);

    /// <summary>Removes an empty folder; one that is not empty stays.</summary>
    public async Task DeleteFolderAsync(string name, CancellationToken cancellationToken)
    {
        using HttpResponseMessage gone = await client.SendAsync(
            HttpMethod.Delete, VolumeClient.Folder(Full(name)), PathOf(name), [HttpStatusCode.NotFound, HttpStatusCode.BadRequest], cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Asks the service what it holds.</summary>
    public override async Task SettleAsync(IReadOnlyList<StoreEntry> files, CancellationToken cancellationToken)
    {
        Dictionary<string, long> stored = (await ListAsync(DumpFiles.Data, cancellationToken).ConfigureAwait(false)).ToDictionary(file => file.Name, file => file.Bytes);
        foreach (StoreEntry file in files)
        {
            long? bytes = stored.TryGetValue(file.Name, out long found) ? found : null;
            if (bytes != file.Bytes)
                throw VolumeFault.NotStored(PathOf(file.Name), bytes, file.Bytes);
        }
    }

    private static Task EachAsync(IEnumerable<string> names, Func<string, CancellationToken, ValueTask> work, CancellationToken cancellationToken) =>
        System.Threading.Tasks.Parallel.ForEachAsync(names, new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = cancellationToken }, work);

    private string Full(string name) => $"{path.Folder}/{name}";
}
