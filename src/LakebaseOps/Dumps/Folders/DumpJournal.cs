using System.Text;
using System.Text.Json;

namespace LakebaseOps.Dumps.Folders;

/// <summary>
/// progress.jsonl: what of a dump that is not completed is there already. Its first line says what is being dumped, each further one
/// names a chunk that is wholly on the disk. It goes away when the manifest is written; while it is open, no other dump has the folder.
/// </summary>
internal sealed class DumpJournal : IDisposable
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "progress.jsonl";

    private static readonly JsonSerializerOptions Json = new(ManifestText.Json) { WriteIndented = false };
    private readonly FileStream _file;

    private DumpJournal(FileStream file) => _file = file;

    /// <summary>Opens the journal of a folder, or begins an empty one.</summary>
    /// <exception cref="LakebaseException">ResourceBusy: another dump is writing there. DumpDamaged: it is no journal of ours.</exception>
    public static DumpJournal Open(string folder)
    {
        string path = Path.Combine(folder, FileName);
        FileStream file;
        try
        {
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }
        catch (IOException exception) when (File.Exists(path))
        {
            throw new LakebaseError(ErrorIds.ResourceBusy, LakebaseErrorKind.Busy, $"'{path}' is in use: another dump is writing to that folder.")
            { Target = folder, Cause = exception, Remedy = "Wait until it has ended, or give another -Path." }.ToException();
        }

        try
        {
            DumpJournal journal = new(file);
            journal.Read(path);
            return journal;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>What is being dumped; null in a journal that was begun just now.</summary>
    public JournalHead? Head { get; private set; }

    /// <summary>The chunks that were there when it was opened.</summary>
    public IReadOnlyList<JournalChunk> Chunks { get; private set; } = [];

    /// <summary>Begins it anew: with these chunks and no others.</summary>
    public void Begin(JournalHead head, IReadOnlyList<JournalChunk> chunks)
    {
        using MemoryStream text = new();
        text.Write(Line(head));
        foreach (JournalChunk chunk in chunks)
            text.Write(Line(chunk));
        _file.SetLength(0);
        _file.Position = 0;
        _file.Write(text.ToArray());
        _file.Flush(flushToDisk: true);
    }

    /// <summary>Notes chunks whose files are wholly on the disk.</summary>
    public void Add(IReadOnlyList<JournalChunk> chunks)
    {
        _file.Write([.. chunks.SelectMany(Line)]);
        _file.Flush(flushToDisk: true);
    }

    /// <summary>The dump is complete: the journal goes.</summary>
    public void Remove()
    {
        _file.Dispose();
        File.Delete(_file.Name);
    }

    /// <inheritdoc />
    public void Dispose() => _file.Dispose();

    private void Read(string path)
    {
        using StreamReader reader = new(_file, Encoding.UTF8, leaveOpen: true);
        string[] lines = reader.ReadToEnd().Split('\n');
        _file.Position = _file.Length;
        if (lines.Length == 1)
            return;
        try
        {
            Head = JsonSerializer.Deserialize<JournalHead>(lines[0], Json);
        }
        catch (JsonException exception)
        {
            throw DumpFault.Damaged(path, "it is no journal of a dump", exception);
        }

        if (Head?.Format != DumpManifest.FormatName || Head.Version != DumpManifest.NewestVersion)
            throw DumpFault.Damaged(path, "it is no journal of a dump that is known here");
        // The last piece has no line feed: it is empty, or was cut by whatever ended the dump.
        Chunks = [.. lines.Skip(1).SkipLast(1).Select(Parse).OfType<JournalChunk>()];
    }

    // A damaged line costs its chunk, no more: it is dumped again.
    private static JournalChunk? Parse(string line)
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

    private static byte[] Line<T>(T record) => Encoding.UTF8.GetBytes(JsonSerializer.Serialize(record, Json) + "\n");
}
