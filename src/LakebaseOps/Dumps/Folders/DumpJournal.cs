using System.Text;
using System.Text.Json;

namespace LakebaseOps.Dumps.Folders;

/// <summary>
/// progress.jsonl: what of a dump that is not completed is there already. Its first line says what is being dumped, each further one
/// names a chunk that is wholly on the disk. It goes away when the manifest is written.
/// </summary>
internal sealed class DumpJournal : IDisposable
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "progress.jsonl";

    private static readonly JsonSerializerOptions Json = new(ManifestText.Json) { WriteIndented = false };
    private readonly FileStream _file;
    private readonly object _lock = new();

    private DumpJournal(FileStream file) => _file = file;

    /// <summary>Begins a journal in place of any other.</summary>
    public static DumpJournal Create(string folder, JournalHead head)
    {
        string path = Path.Combine(folder, FileName);
        SafeFile.Write(path, Line(head));
        return Append(folder);
    }

    /// <summary>Opens a journal to go on with it.</summary>
    public static DumpJournal Append(string folder)
    {
        string path = Path.Combine(folder, FileName);
        FileStream file = new(path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
        return new DumpJournal(file);
    }

    /// <summary>Reads a journal; what was not written to its end is left out. Null when there is none.</summary>
    /// <exception cref="LakebaseException">DumpDamaged: it is no journal of ours.</exception>
    public static (JournalHead Head, IReadOnlyList<JournalChunk> Chunks)? Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
            return null;
        string[] lines = File.ReadAllText(path).Split('\n');
        try
        {
            JournalHead? head = JsonSerializer.Deserialize<JournalHead>(lines[0], Json);
            if (head?.Format != DumpManifest.FormatName || head.Version != DumpManifest.NewestVersion)
                throw DumpFault.Damaged(path, "it is no journal of a dump that is known here");
            List<JournalChunk> chunks = [];
            // The last piece has no line feed: it is empty, or was cut by whatever ended the dump.
            foreach (string line in lines.Skip(1).SkipLast(1).Where(line => line.Length > 0))
            {
                if (Parse(line) is { } chunk)
                    chunks.Add(chunk);
            }

            return (head, chunks);
        }
        catch (JsonException exception)
        {
            throw DumpFault.Damaged(path, "it is no journal of a dump", exception);
        }
    }

    /// <summary>Notes a chunk whose file is wholly on the disk.</summary>
    public void Add(JournalChunk chunk)
    {
        byte[] line = Line(chunk);
        lock (_lock)
        {
            _file.Write(line);
            _file.Flush(flushToDisk: true);
        }
    }

    /// <inheritdoc />
    public void Dispose() => _file.Dispose();

    // A damaged line costs its chunk, no more: the file is dumped again.
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

/// <summary>What a dump that is not completed is of; a rerun must ask for the same.</summary>
internal sealed record JournalHead
{
    /// <summary>Says what kind of file it is.</summary>
    public string Format { get; init; } = DumpManifest.FormatName;

    /// <summary>Version of the format.</summary>
    public int Version { get; init; } = DumpManifest.NewestVersion;

    /// <summary>The database and the snapshot.</summary>
    public required ManifestSource Source { get; init; }

    /// <summary>Database system identifier and oid of the database: what cannot be another by the same name.</summary>
    public required string Identity { get; init; }

    /// <summary>What was asked for.</summary>
    public required ManifestSelection Selection { get; init; }

    /// <summary>Form of the rows.</summary>
    public required DumpDataFormat DataFormat { get; init; }

    /// <summary>How chunks are packed.</summary>
    public required DumpCompression Compression { get; init; }
}

/// <summary>A chunk that is on the disk.</summary>
/// <param name="Table">Its table.</param>
/// <param name="Oid">Oid of the table.</param>
/// <param name="Columns">Its columns.</param>
/// <param name="Types">Their types.</param>
/// <param name="Snapshot">The snapshot it was read in.</param>
/// <param name="Chunk">What is there.</param>
internal sealed record JournalChunk(
    TableName Table, uint Oid, IReadOnlyList<string> Columns, IReadOnlyList<string> Types, string Snapshot, ManifestChunk Chunk);
