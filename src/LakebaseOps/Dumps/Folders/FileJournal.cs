using System.Text;

namespace LakebaseOps.Dumps.Folders;

/// <summary>
/// progress.jsonl: its first line says what is being dumped, each further one names a chunk that is wholly on the disk. While it is open,
/// no other dump has the folder.
/// </summary>
internal sealed class FileJournal : DumpJournal
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "progress.jsonl";

    private readonly FileStream _file;

    private FileJournal(FileStream file) => _file = file;

    /// <summary>Opens the journal of a folder, or begins an empty one.</summary>
    /// <exception cref="LakebaseException">ResourceBusy: another dump is writing there. DumpDamaged: it is no journal of ours.</exception>
    public static FileJournal Open(string folder)
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
            FileJournal journal = new(file);
            journal.Read(path);
            return journal;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc />
    public override Task BeginAsync(JournalHead head, IReadOnlyList<JournalChunk> chunks, CancellationToken cancellationToken)
    {
        using MemoryStream text = new();
        text.Write(Line(head));
        foreach (JournalChunk chunk in chunks)
            text.Write(Line(chunk));
        _file.SetLength(0);
        _file.Position = 0;
        _file.Write(text.ToArray());
        _file.Flush(flushToDisk: true);
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public override Task AddAsync(IReadOnlyList<JournalChunk> chunks)
    {
        _file.Write([.. chunks.SelectMany(Line)]);
        _file.Flush(flushToDisk: true);
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public override Task ProveAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    public override Task RemoveAsync(CancellationToken cancellationToken)
    {
        _file.Dispose();
        File.Delete(_file.Name);
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _file.Dispose();
        base.Dispose(disposing);
    }

    private void Read(string path)
    {
        using StreamReader reader = new(_file, Encoding.UTF8, leaveOpen: true);
        string[] lines = reader.ReadToEnd().Split('\n');
        _file.Position = _file.Length;
        if (lines.Length == 1)
            return;
        Head = ParseHead(lines[0], path);
        // The last piece has no line feed: it is empty, or was cut by whatever ended the dump.
        Chunks = [.. lines.Skip(1).SkipLast(1).Select(ParseChunk).OfType<JournalChunk>()];
    }
}
