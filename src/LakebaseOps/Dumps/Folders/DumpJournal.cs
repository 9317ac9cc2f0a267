using System.Text;
using System.Text.Json;

namespace LakebaseOps.Dumps.Folders;

/// <summary>
/// What of a dump that is not completed is there already: what is being dumped, and each chunk that is wholly stored. It goes away when
/// the manifest is written.
/// </summary>
internal abstract class DumpJournal : IDisposable
{
    private static readonly JsonSerializerOptions Json = new(ManifestText.Json) { WriteIndented = false };

    /// <summary>What is being dumped; null in a journal that was begun just now.</summary>
    public JournalHead? Head { get; protected set; }

    /// <summary>The chunks that were there when it was opened.</summary>
    public IReadOnlyList<JournalChunk> Chunks { get; protected set; } = [];

    /// <summary>What the names of new chunks have in them to tell them from those of another dump at the same place.</summary>
    public virtual string Mark => "";

    /// <summary>Begins it anew: with these chunks and no others.</summary>
    public abstract Task BeginAsync(JournalHead head, IReadOnlyList<JournalChunk> chunks, CancellationToken cancellationToken);

    /// <summary>Notes chunks whose files are wholly stored.</summary>
    public abstract Task AddAsync(IReadOnlyList<JournalChunk> chunks);

    /// <summary>Makes sure that no other dump has taken the place over meanwhile.</summary>
    /// <exception cref="LakebaseException">ResourceBusy.</exception>
    public abstract Task ProveAsync(CancellationToken cancellationToken);

    /// <summary>The dump is complete: the journal goes.</summary>
    public abstract Task RemoveAsync(CancellationToken cancellationToken);

    /// <inheritdoc />
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Lets go of what it holds.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }

    /// <summary>The head that a line holds.</summary>
    /// <exception cref="LakebaseException">DumpDamaged: it is no journal of ours.</exception>
    protected static JournalHead ParseHead(string line, string path)
    {
        JournalHead? head;
        try
        {
            head = JsonSerializer.Deserialize<JournalHead>(line, Json);
        }
        catch (JsonException exception)
        {
            throw DumpFault.Damaged(path, "it is no journal of a dump", exception);
        }

        return head?.Format == DumpManifest.FormatName && head.Version == DumpManifest.NewestVersion
            ? head : throw DumpFault.Damaged(path, "it is no journal of a dump that is known here");
    }

    /// <summary>The chunk of a line; null for a damaged one, which costs its chunk, no more: it is dumped again.</summary>
    protected static JournalChunk? ParseChunk(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<JournalChunk>(line, Json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>A record as a line.</summary>
    protected static byte[] Line<T>(T record) => Encoding.UTF8.GetBytes(JsonSerializer.Serialize(record, Json) + "\n");
}
