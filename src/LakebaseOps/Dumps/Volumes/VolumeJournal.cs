using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using LakebaseOps.Dumps.Folders;

namespace LakebaseOps.Dumps.Volumes;

/// <summary>
/// The folder progress: head.json says what is being dumped and who does it, and each further file names chunks that are stored. There are
/// no locks on a volume: of two dumps the later one has the place, and the earlier notices before it writes a manifest. Their chunks have
/// different names, so neither spoils the other's.
/// </summary>
internal sealed class VolumeJournal : DumpJournal
{
    /// <summary>The folder.</summary>
    public const string Folder = "progress";

    /// <summary>The file that says what is dumped.</summary>
    public const string HeadName = Folder + "/head.json";

    private const int Parallel = 4;
    private const string Ending = ".jsonl";

    private readonly VolumeStore _store;
    private readonly string _owner = SafeFile.Hex(RandomNumberGenerator.GetBytes(4));
    private int _files;

    private VolumeJournal(VolumeStore store) => _store = store;

    /// <inheritdoc />
    public override string Mark => $"-{_owner}";

    /// <summary>Reads what is there; nothing is written yet.</summary>
    public static async Task<VolumeJournal> OpenAsync(VolumeStore store, CancellationToken cancellationToken)
    {
        VolumeJournal journal = new(store);
        IReadOnlyList<StoreEntry> files = await store.ListAsync(Folder, cancellationToken).ConfigureAwait(false);
        if (files.All(file => file.Name != HeadName))
            return journal;
        journal.Head = ParseHead((await TextAsync(store, HeadName, cancellationToken).ConfigureAwait(false))[0], store.PathOf(HeadName));
        ConcurrentBag<JournalChunk> chunks = [];
        ParallelOptions few = new() { MaxDegreeOfParallelism = Parallel, CancellationToken = cancellationToken };
        await System.Threading.Tasks.Parallel.ForEachAsync(files.Where(file => file.Name.EndsWith(Ending, StringComparison.Ordinal)), few, async (file, stop) =>
        {
            foreach (JournalChunk chunk in (await TextAsync(store, file.Name, stop).ConfigureAwait(false)).Select(ParseChunk).OfType<JournalChunk>())
                chunks.Add(chunk);
        }).ConfigureAwait(false);
        // A dump that was broken off as it began names what it kept twice.
        journal.Chunks = [.. chunks.DistinctBy(chunk => chunk.Chunk.File).OrderBy(chunk => chunk.Chunk.File, StringComparer.Ordinal)];
        return journal;
    }

    /// <inheritdoc />
    public override async Task BeginAsync(JournalHead head, IReadOnlyList<JournalChunk> chunks, CancellationToken cancellationToken)
    {
        IReadOnlyList<StoreEntry> former = await _store.ListAsync(Folder, cancellationToken).ConfigureAwait(false);
        await _store.MakeFoldersAsync([Folder], cancellationToken).ConfigureAwait(false);
        await _store.WriteAsync(HeadName, [.. Line(head), .. Encoding.UTF8.GetBytes(_owner + "\n")], cancellationToken).ConfigureAwait(false);
        // Whoever had the place may have come to his end just now.
        if (await _store.ObstacleAsync(cancellationToken).ConfigureAwait(false) is { } obstacle)
            throw obstacle;
        if (chunks.Count > 0)
            await WriteAsync(chunks, cancellationToken).ConfigureAwait(false);
        await _store.DeleteAsync(former.Select(file => file.Name).Where(name => name != HeadName), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc />
    public override Task AddAsync(IReadOnlyList<JournalChunk> chunks) => WriteAsync(chunks, CancellationToken.None);

    /// <inheritdoc />
    public override async Task ProveAsync(CancellationToken cancellationToken)
    {
        string[] lines;
        try
        {
            lines = await TextAsync(_store, HeadName, cancellationToken).ConfigureAwait(false);
        }
        catch (FileNotFoundException)
        {
            throw VolumeFault.Taken(_store.Path);
        }

        if (lines.ElementAtOrDefault(1) != _owner)
            throw VolumeFault.Taken(_store.Path);
    }

    /// <inheritdoc />
    public override async Task RemoveAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<StoreEntry> files = await _store.ListAsync(Folder, cancellationToken).ConfigureAwait(false);
        await _store.DeleteAsync(files.Select(file => file.Name), cancellationToken).ConfigureAwait(false);
        await _store.DeleteFolderAsync(Folder, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<string[]> TextAsync(VolumeStore store, string name, CancellationToken cancellationToken) =>
        Encoding.UTF8.GetString(await store.ReadAsync(name, cancellationToken).ConfigureAwait(false)).Split('\n');

    private Task WriteAsync(IReadOnlyList<JournalChunk> chunks, CancellationToken cancellationToken) => _store.WriteAsync(
        string.Create(CultureInfo.InvariantCulture, $"{Folder}/{_owner}-{_files++:000000}{Ending}"), [.. chunks.SelectMany(Line)], cancellationToken);
}
