using LakebaseOps.Operations;

namespace LakebaseOps.Dumps.Folders;

/// <summary>A folder of this machine or of a share.</summary>
/// <param name="path">Its path.</param>
internal sealed class LocalStore(string path) : DumpStore
{
    /// <inheritdoc />
    public override string Path { get; } = System.IO.Path.GetFullPath(path);

    /// <inheritdoc />
    public override Task<LakebaseException?> ObstacleAsync(CancellationToken cancellationToken) => Task.FromResult(
        File.Exists(Path) ? Exists(Path, "is a file")
        : !Directory.Exists(Path) ? null
        : File.Exists(PathOf(ManifestText.FileName)) ? Exists(Path, "holds a completed dump")
        : !File.Exists(PathOf(FileJournal.FileName)) && Directory.EnumerateFileSystemEntries(Path).Any()
            ? Exists(Path, "holds other files than those of a dump")
        : null);

    /// <inheritdoc />
    public override Task<DumpJournal> OpenJournalAsync(CancellationToken cancellationToken)
    {
        try
        {
            Directory.CreateDirectory(Path);
            return Task.FromResult<DumpJournal>(FileJournal.Open(Path));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw ErrorTranslator.Writing(exception, Path).ToException();
        }
    }

    /// <inheritdoc />
    public override Task<bool> HasJournalAsync(CancellationToken cancellationToken) => Task.FromResult(File.Exists(PathOf(FileJournal.FileName)));

    /// <inheritdoc />
    public override Task<IReadOnlyList<StoreEntry>> ListAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<StoreEntry>>(
    [
        .. new DirectoryInfo(Path).EnumerateFiles("*", SearchOption.AllDirectories).Select(file =>
            new StoreEntry(System.IO.Path.GetRelativePath(Path, file.FullName).Replace(System.IO.Path.DirectorySeparatorChar, '/'), file.Length)),
    ]);

    /// <inheritdoc />
    public override Task<Stream> OpenAsync(string name, CancellationToken cancellationToken) => Task.FromResult<Stream>(
        new FileStream(PathOf(name), FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan));

    /// <inheritdoc />
    public override Task MakeFoldersAsync(IEnumerable<string> names, CancellationToken cancellationToken)
    {
        foreach (string name in names)
            Directory.CreateDirectory(PathOf(name));
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public override StoreOutput Create(string name) => new Output(PathOf(name));

    /// <inheritdoc />
    public override Task WriteAsync(string name, byte[] bytes, CancellationToken cancellationToken)
    {
        SafeFile.Write(PathOf(name), bytes);
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public override Task ClearAsync(IEnumerable<string> kept, CancellationToken cancellationToken)
    {
        HashSet<string> names = [.. kept.Select(PathOf)];
        string data = PathOf(DumpFiles.Data);
        if (!Directory.Exists(data))
            return Task.CompletedTask;
        foreach (string file in Directory.EnumerateFiles(data, "*", SearchOption.AllDirectories).Where(file => !names.Contains(file)).ToList())
            File.Delete(file);
        foreach (string folder in Directory.EnumerateDirectories(data).Where(folder => !Directory.EnumerateFileSystemEntries(folder).Any()).ToList())
            Directory.Delete(folder);
        return Task.CompletedTask;
    }

    /// <summary>Puts the names of all files onto the disk.</summary>
    public override Task SettleAsync(IReadOnlyList<StoreEntry> files, CancellationToken cancellationToken)
    {
        string data = PathOf(DumpFiles.Data);
        Directory.CreateDirectory(data);
        foreach (string folder in Directory.EnumerateDirectories(data).Append(data).Append(Path))
            SafeFile.FlushFolder(folder);
        return Task.CompletedTask;
    }

    private sealed class Output(string path) : StoreOutput
    {
        private readonly FileStream _file = new(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);

        public override Stream Stream => _file;

        public override Task CompleteAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public override void Keep() => _file.Flush(flushToDisk: true);

        public override ValueTask DisposeAsync() => _file.DisposeAsync();
    }
}
