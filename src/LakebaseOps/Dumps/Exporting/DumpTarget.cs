using LakebaseOps.Dumps.Definitions;
using LakebaseOps.Dumps.Folders;

namespace LakebaseOps.Dumps.Exporting;

/// <summary>Where a dump is written to.</summary>
internal sealed class DumpTarget : IDisposable
{
    private IReadOnlyDictionary<TableName, string> _folders = new Dictionary<TableName, string>();

    private DumpTarget(DumpStore store, DumpJournal journal) => (Store, Journal) = (store, journal);

    /// <summary>Holds the files.</summary>
    public DumpStore Store { get; }

    /// <summary>Its full path.</summary>
    public string Folder => Store.Path;

    /// <summary>What is there already.</summary>
    public DumpJournal Journal { get; }

    /// <summary>Form of the rows.</summary>
    public required DumpDataFormat DataFormat { get; init; }

    /// <summary>How chunks are packed.</summary>
    public required DumpCompression Compression { get; init; }

    /// <summary>Stands between the rows and their files; for tests.</summary>
    public Func<Stream, Stream>? Through { get; init; }

    /// <summary>Opens a store, which may be new, and keeps others away from it.</summary>
    /// <param name="store">The store.</param>
    /// <param name="options">What is asked for.</param>
    /// <param name="through">Stands between the rows and their files; for tests.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static async Task<DumpTarget> OpenAsync(
        DumpStore store, ExportDumpOptions options, Func<Stream, Stream>? through, CancellationToken cancellationToken)
    {
        if (await store.ObstacleAsync(cancellationToken).ConfigureAwait(false) is { } obstacle)
            throw obstacle;
        DumpJournal journal = await store.OpenJournalAsync(cancellationToken).ConfigureAwait(false);
        return new DumpTarget(store, journal) { DataFormat = options.DataFormat, Compression = options.Compression, Through = through };
    }

    /// <summary>Gives each table its folder.</summary>
    public Task AssignAsync(IEnumerable<DumpTable> tables, CancellationToken cancellationToken)
    {
        _folders = DumpFiles.Folders(tables.Select(table => table.Table));
        return Store.MakeFoldersAsync(_folders.Values.Select(folder => $"{DumpFiles.Data}/{folder}"), cancellationToken);
    }

    /// <summary>The path within the dump of a piece's file.</summary>
    public string ChunkName(ChunkWork work) => DumpFiles.Chunk(_folders[work.Table.Table], work.Number, DataFormat, Compression, Journal.Mark);

    /// <summary>Creates a file of rows; what is written goes through the second stream.</summary>
    public (StoreOutput File, Stream Output) Create(string name)
    {
        StoreOutput file = Store.Create(name);
        return (file, Through?.Invoke(file.Stream) ?? file.Stream);
    }

    /// <inheritdoc />
    public void Dispose() => Journal.Dispose();
}
