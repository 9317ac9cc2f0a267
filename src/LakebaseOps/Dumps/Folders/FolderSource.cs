using System.Globalization;
using LakebaseOps.Dumps.Definitions;
using LakebaseOps.Dumps.Restoring;

namespace LakebaseOps.Dumps.Folders;

/// <summary>A folder that a restore takes objects and rows from.</summary>
internal sealed class FolderSource : IDumpSource
{
    private readonly Dictionary<TableName, ManifestTable> _tables;

    private FolderSource(DumpFolder folder, DatabaseDefinition definition)
    {
        Folder = folder;
        Definition = definition;
        _tables = folder.Manifest.Tables.ToDictionary(table => new TableName(table.Schema, table.Name));
    }

    /// <summary>The folder.</summary>
    public DumpFolder Folder { get; }

    /// <inheritdoc />
    public string Id => Folder.Manifest.Seal;

    /// <inheritdoc />
    public DumpOrigin Origin => new(
        Folder.Path, int.Parse(string.Concat(Folder.Manifest.Source.ServerVersion.TakeWhile(char.IsAsciiDigit)), CultureInfo.InvariantCulture),
        Folder.Manifest.Source.Encoding);

    /// <inheritdoc />
    public DatabaseDefinition Definition { get; }

    /// <inheritdoc />
    public DumpDataFormat DataFormat => Folder.Manifest.DataFormat;

    /// <summary>Opens the dump in a store.</summary>
    /// <exception cref="LakebaseException">DumpNotFound, DumpIncomplete, DumpDamaged.</exception>
    public static async Task<FolderSource> OpenAsync(DumpStore store, CancellationToken cancellationToken)
    {
        DumpFolder folder = await DumpFolder.OpenAsync(store, cancellationToken).ConfigureAwait(false);
        return new FolderSource(folder, await folder.ReadDefinitionAsync(cancellationToken).ConfigureAwait(false));
    }

    /// <summary>What the manifest says of a table: its rows and their hash among others.</summary>
    public ManifestTable Table(DumpTable table) => _tables[table.Table];

    /// <inheritdoc />
    public IReadOnlyList<DumpChunk> Chunks(DumpTable table) =>
        [.. Table(table).Chunks.Select(chunk => new DumpChunk(chunk.Number, chunk.Bytes) { Rows = chunk.Rows })];

    /// <inheritdoc />
    public async Task<Stream> OpenAsync(DumpTable table, DumpChunk chunk, CancellationToken cancellationToken)
    {
        ManifestTable entry = Table(table);
        return await Folder.OpenAsync(entry, entry.Chunks.Single(one => one.Number == chunk.Number), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
