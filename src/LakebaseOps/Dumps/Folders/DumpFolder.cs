using System.Security.Cryptography;
using LakebaseOps.Dumps.Definitions;

namespace LakebaseOps.Dumps.Folders;

/// <summary>A completed dump.</summary>
internal sealed class DumpFolder
{
    private DumpFolder(DumpStore store, DumpManifest manifest)
    {
        Store = store;
        Manifest = manifest;
    }

    /// <summary>Where its files lie.</summary>
    public DumpStore Store { get; }

    /// <summary>Its folder, in full.</summary>
    public string Path => Store.Path;

    /// <summary>What it holds.</summary>
    public DumpManifest Manifest { get; }

    /// <summary>Opens the dump at a path; of its files only the manifest is read.</summary>
    /// <exception cref="LakebaseException">DumpNotFound, DumpIncomplete, DumpDamaged.</exception>
    public static Task<DumpFolder> OpenAsync(string path, CancellationToken cancellationToken) => OpenAsync(DumpStore.Of(path), cancellationToken);

    /// <summary>Opens the dump in a store; of its files only the manifest is read.</summary>
    /// <exception cref="LakebaseException">DumpNotFound, DumpIncomplete, DumpDamaged.</exception>
    public static async Task<DumpFolder> OpenAsync(DumpStore store, CancellationToken cancellationToken)
    {
        string file = store.PathOf(ManifestText.FileName);
        byte[]? bytes = null;
        try
        {
            bytes = await store.ReadAsync(ManifestText.FileName, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            // Told below.
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw DumpFault.Damaged(file, exception.Message, exception);
        }

        if (bytes is null)
            throw await store.HasJournalAsync(cancellationToken).ConfigureAwait(false) ? DumpFault.Incomplete(store.Path) : DumpFault.NotFound(store.Path);
        return new DumpFolder(store, ManifestText.Read(bytes, file));
    }

    /// <summary>Reads the objects; files of statements must be what the manifest says.</summary>
    /// <exception cref="LakebaseException">DumpDamaged.</exception>
    public async Task<DatabaseDefinition> ReadDefinitionAsync(CancellationToken cancellationToken)
    {
        List<DumpObject> objects = [];
        Dictionary<DumpSection, (byte[] Bytes, string Path)> sections = [];
        foreach (ManifestObject one in Manifest.Objects)
        {
            if (!sections.TryGetValue(one.Section, out (byte[] Bytes, string Path) file))
                sections.Add(one.Section, file = await ReadFileAsync(DumpFiles.Of(one.Section), cancellationToken).ConfigureAwait(false));
            objects.Add(SchemaFiles.Read(one, file.Bytes, file.Path));
        }

        IReadOnlyList<ManifestTable> tables = Manifest.Selection.Content == DumpContent.SchemaOnly ? [] : Manifest.Tables;
        return new DatabaseDefinition(objects, [.. tables.Select(table => table.ToTable())]) { Left = Manifest.Left };
    }

    /// <summary>Opens the rows of a chunk; to read them to the end proves them.</summary>
    public Task<ChunkStream> OpenAsync(ManifestTable table, ManifestChunk chunk, CancellationToken cancellationToken) =>
        ChunkStream.OpenAsync(Store, chunk, Manifest.DataFormat, table, cancellationToken);

    /// <summary>The bytes of a file without rows, proved.</summary>
    public async Task<(byte[] Bytes, string Path)> ReadFileAsync(string name, CancellationToken cancellationToken)
    {
        ManifestFile? entry = Manifest.Files.FirstOrDefault(file => file.Name == name);
        string path = Store.PathOf(name);
        if (entry is null)
            throw DumpFault.Damaged(Store.PathOf(ManifestText.FileName), $"it does not name '{name}'");
        byte[] bytes;
        try
        {
            bytes = await Store.ReadAsync(name, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw DumpFault.Damaged(path, exception is FileNotFoundException or DirectoryNotFoundException ? "it is missing" : exception.Message, exception);
        }

        if (bytes.Length != entry.Bytes)
            throw DumpFault.Damaged(path, FormattableString.Invariant($"it has {bytes.Length} bytes instead of {entry.Bytes}"));
        if (SafeFile.Hex(SHA256.HashData(bytes)) != entry.Sha256)
            throw DumpFault.Damaged(path, "its SHA-256 is not that of the manifest");
        return (bytes, path);
    }
}
