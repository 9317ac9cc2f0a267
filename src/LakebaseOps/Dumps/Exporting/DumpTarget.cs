using LakebaseOps.Dumps.Definitions;
using LakebaseOps.Dumps.Folders;
using LakebaseOps.Operations;

namespace LakebaseOps.Dumps.Exporting;

/// <summary>The folder that a dump is written to.</summary>
internal sealed class DumpTarget : IDisposable
{
    private IReadOnlyDictionary<TableName, string> _folders = new Dictionary<TableName, string>();

    private DumpTarget(string folder, DumpJournal journal) => (Folder, Journal) = (folder, journal);

    /// <summary>Its full path.</summary>
    public string Folder { get; }

    /// <summary>What is there already.</summary>
    public DumpJournal Journal { get; }

    /// <summary>Form of the rows.</summary>
    public required DumpDataFormat DataFormat { get; init; }

    /// <summary>How chunks are packed.</summary>
    public required DumpCompression Compression { get; init; }

    /// <summary>Stands between the rows and their files; for tests.</summary>
    public Func<Stream, Stream>? Through { get; init; }

    /// <summary>Says why a dump cannot be written to a folder; null when it can.</summary>
    public static LakebaseException? Obstacle(string folder)
    {
        if (File.Exists(folder))
            return Exists(folder, "is a file");
        if (!Directory.Exists(folder))
            return null;
        return File.Exists(Path.Combine(folder, ManifestText.FileName)) ? Exists(folder, "holds a completed dump")
            : !File.Exists(Path.Combine(folder, DumpJournal.FileName)) && Directory.EnumerateFileSystemEntries(folder).Any()
                ? Exists(folder, "holds other files than those of a dump")
            : null;
    }

    /// <summary>Opens a folder, which may be new, and keeps others away from it.</summary>
    /// <param name="options">What is asked for.</param>
    /// <param name="through">Stands between the rows and their files; for tests.</param>
    public static DumpTarget Open(ExportDumpOptions options, Func<Stream, Stream>? through)
    {
        string folder = Path.GetFullPath(options.Path);
        if (Obstacle(folder) is { } obstacle)
            throw obstacle;
        try
        {
            Directory.CreateDirectory(folder);
            return new DumpTarget(folder, DumpJournal.Open(folder)) { DataFormat = options.DataFormat, Compression = options.Compression, Through = through };
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw ErrorTranslator.Writing(exception, folder).ToException();
        }
    }

    /// <summary>Gives each table its folder.</summary>
    public void Assign(IEnumerable<DumpTable> tables)
    {
        _folders = DumpFiles.Folders(tables.Select(table => table.Table));
        foreach (string folder in _folders.Values)
            Directory.CreateDirectory(Path.Combine(Folder, DumpFiles.Data, folder));
    }

    /// <summary>The path within the dump of a piece's file.</summary>
    public string ChunkName(ChunkWork work) => DumpFiles.Chunk(_folders[work.Table.Table], work.Number, DataFormat, Compression);

    /// <summary>Creates a file of rows; what is written goes through the second stream.</summary>
    public (FileStream File, Stream Output) Create(string name)
    {
        FileStream file = new(DumpFiles.Resolve(Folder, name), FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
        return (file, Through?.Invoke(file) ?? file);
    }

    /// <summary>Removes files of rows that are not among these, and everything that is written at the end.</summary>
    public void Clear(IEnumerable<string> kept)
    {
        HashSet<string> names = [.. kept.Select(name => DumpFiles.Resolve(Folder, name))];
        string data = Path.Combine(Folder, DumpFiles.Data);
        if (!Directory.Exists(data))
            return;
        foreach (string file in Directory.EnumerateFiles(data, "*", SearchOption.AllDirectories).Where(file => !names.Contains(file)).ToList())
            File.Delete(file);
        foreach (string folder in Directory.EnumerateDirectories(data).Where(folder => !Directory.EnumerateFileSystemEntries(folder).Any()).ToList())
            Directory.Delete(folder);
    }

    /// <summary>Puts the names of all files onto the disk.</summary>
    public void Flush()
    {
        string data = Path.Combine(Folder, DumpFiles.Data);
        Directory.CreateDirectory(data);
        foreach (string folder in Directory.EnumerateDirectories(data).Append(data).Append(Folder))
            SafeFile.FlushFolder(folder);
    }

    /// <inheritdoc />
    public void Dispose() => Journal.Dispose();

    private static LakebaseException Exists(string folder, string what) =>
        new LakebaseError(ErrorIds.FileExists, LakebaseErrorKind.Exists, $"'{folder}' {what}. Nothing was written.")
        { Target = folder, Remedy = "Give a new or empty folder as -Path, or remove that one yourself." }.ToException();
}
