using LakebaseOps.Dumps.Volumes;

namespace LakebaseOps.Dumps.Folders;

/// <summary>A file of a dump.</summary>
/// <param name="Name">Path within the dump, with '/'.</param>
/// <param name="Bytes">Its length.</param>
internal readonly record struct StoreEntry(string Name, long Bytes);

/// <summary>Where the files of a dump lie. Names are paths within the dump, with '/'.</summary>
internal abstract class DumpStore
{
    /// <summary>What a person calls the place, in full.</summary>
    public abstract string Path { get; }

    /// <summary>The store that a path names.</summary>
    /// <exception cref="LakebaseException">InvalidArgument; WorkspaceNotConfigured: nobody said which workspace has the volume.</exception>
    public static DumpStore Of(string path) => VolumePath.Is(path)
        ? new VolumeStore(VolumePath.Parse(path), new VolumeClient(Workspace.From(Environment.GetEnvironmentVariable)))
        : new LocalStore(path);

    /// <summary>What a person calls a file.</summary>
    /// <exception cref="LakebaseException">DumpDamaged: the name leads out of the dump.</exception>
    public virtual string PathOf(string name) => DumpFiles.Resolve(Path, name);

    /// <summary>Why no dump can be written here; null when one can. Changes nothing.</summary>
    public abstract Task<LakebaseException?> ObstacleAsync(CancellationToken cancellationToken);

    /// <summary>Makes the place where it is new, and opens the journal of what is there.</summary>
    /// <exception cref="LakebaseException">ResourceBusy, DumpDamaged, PathNotWritable.</exception>
    public abstract Task<DumpJournal> OpenJournalAsync(CancellationToken cancellationToken);

    /// <summary>True when a dump was begun here.</summary>
    public abstract Task<bool> HasJournalAsync(CancellationToken cancellationToken);

    /// <summary>All files with what lies in folders.</summary>
    public abstract Task<IReadOnlyList<StoreEntry>> ListAsync(CancellationToken cancellationToken);

    /// <summary>Opens a file.</summary>
    /// <exception cref="IOException">It cannot be read; FileNotFoundException or DirectoryNotFoundException: there is none.</exception>
    public abstract Task<Stream> OpenAsync(string name, CancellationToken cancellationToken);

    /// <summary>Makes folders where they are missing.</summary>
    public abstract Task MakeFoldersAsync(IEnumerable<string> names, CancellationToken cancellationToken);

    /// <summary>Begins a file of rows.</summary>
    public abstract StoreOutput Create(string name);

    /// <summary>Writes a file that is there in full or not at all.</summary>
    public abstract Task WriteAsync(string name, byte[] bytes, CancellationToken cancellationToken);

    /// <summary>Removes files of rows that are not among these.</summary>
    public abstract Task ClearAsync(IEnumerable<string> kept, CancellationToken cancellationToken);

    /// <summary>Makes sure that all files of rows are there to stay.</summary>
    public abstract Task SettleAsync(IReadOnlyList<StoreEntry> files, CancellationToken cancellationToken);

    /// <summary>The whole of a file.</summary>
    /// <exception cref="IOException">As for <see cref="OpenAsync"/>.</exception>
    public async Task<byte[]> ReadAsync(string name, CancellationToken cancellationToken)
    {
        Stream file = await OpenAsync(name, cancellationToken).ConfigureAwait(false);
        await using (file.ConfigureAwait(false))
        {
            using MemoryStream bytes = new();
            await file.CopyToAsync(bytes, cancellationToken).ConfigureAwait(false);
            return bytes.ToArray();
        }
    }

    /// <summary>The path is taken.</summary>
    protected static LakebaseException Exists(string path, string what) =>
        new LakebaseError(ErrorIds.FileExists, LakebaseErrorKind.Exists, $"'{path}' {what}. Nothing was written.")
        { Target = path, Remedy = "Give a new or empty folder as -Path, or remove that one yourself." }.ToException();
}

/// <summary>A file of rows that is being written. To dispose of it before it is completed gives it up.</summary>
internal abstract class StoreOutput : IAsyncDisposable
{
    /// <summary>Takes the bytes.</summary>
    public abstract Stream Stream { get; }

    /// <summary>All bytes were written to the stream.</summary>
    public abstract Task CompleteAsync(CancellationToken cancellationToken);

    /// <summary>Makes sure that the completed file outlives the machine's power.</summary>
    public abstract void Keep();

    /// <inheritdoc />
    public abstract ValueTask DisposeAsync();
}
