using System.Security.Cryptography;
using System.Text;
using LakebaseOps.Dumps.Definitions;
using LakebaseOps.Dumps.Folders;

namespace LakebaseOps.Dumps.Exporting;

/// <summary>Completes a dump whose rows are all there: statements, scripts and, last of all, the manifest.</summary>
internal static class DumpWriter
{
    /// <summary>Writes it; answers with the manifest as it lies on the disk.</summary>
    public static async Task<DumpManifest> CompleteAsync(
        DumpTarget target, DumpSnapshot snapshot, ExportDumpOptions options, ManifestSelection selection,
        IReadOnlyList<JournalChunk> chunks, CancellationToken cancellationToken)
    {
        ILookup<TableName, ManifestChunk> byTable = chunks.ToLookup(
            chunk => chunk.Table, chunk => chunk.Chunk with { Snapshot = chunk.Snapshot == snapshot.Source.Snapshot ? null : chunk.Snapshot });
        (byte[] before, byte[] after, IReadOnlyList<ManifestObject> objects) =
            SchemaFiles.Write(selection.Content == DumpContent.DataOnly ? [] : snapshot.Definition.Objects);
        bool isBinary = options.DataFormat == DumpDataFormat.Binary;
        ManifestTable[] tables = selection.Content == DumpContent.SchemaOnly ? [] : [.. snapshot.Definition.Tables.Select(table => Table(table, isBinary, [.. byTable[table.Table]]))];
        DumpManifest manifest = new()
        {
            Version = tables.Any(table => table.Masks is not null) ? DumpManifest.NewestVersion : 1,
            CreatedBy = $"LakebaseOps {typeof(DumpWriter).Assembly.GetName().Version?.ToString(3)}",
            CreatedAt = DateTimeOffset.UtcNow,
            Source = snapshot.Source,
            Consistent = chunks.All(chunk => chunk.Snapshot == snapshot.Source.Snapshot),
            Method = options.Method,
            Selection = selection,
            DataFormat = options.DataFormat,
            Compression = options.Compression,
            Tables = tables,
            Objects = objects,
            Files = [],
            Left = snapshot.Definition.Left,
        };
        await target.Journal.ProveAsync(cancellationToken).ConfigureAwait(false);
        List<ManifestFile> files = [];
        if (selection.Content != DumpContent.DataOnly)
        {
            await target.Store.MakeFoldersAsync(["schema"], cancellationToken).ConfigureAwait(false);
            files.Add(await WriteAsync(target.Store, DumpFiles.Of(DumpSection.PreData), before, cancellationToken).ConfigureAwait(false));
            files.Add(await WriteAsync(target.Store, DumpFiles.Of(DumpSection.PostData), after, cancellationToken).ConfigureAwait(false));
        }

        files.Add(await WriteAsync(target.Store, "restore.sh", Encoding.UTF8.GetBytes(RestoreScripts.Shell(manifest)), cancellationToken).ConfigureAwait(false));
        files.Add(await WriteAsync(target.Store, "restore.ps1", Encoding.UTF8.GetBytes(RestoreScripts.PowerShell(manifest)), cancellationToken).ConfigureAwait(false));
        await target.Store.SettleAsync([.. chunks.Select(chunk => new StoreEntry(chunk.Chunk.File, chunk.Chunk.StoredBytes))], cancellationToken).ConfigureAwait(false);
        // Again: what was written since is small, but listing took its time.
        await target.Journal.ProveAsync(cancellationToken).ConfigureAwait(false);
        await target.Store.WriteAsync(ManifestText.FileName, ManifestText.Write(manifest with { Files = files }), cancellationToken).ConfigureAwait(false);
        await target.Journal.RemoveAsync(cancellationToken).ConfigureAwait(false);
        return (await DumpFolder.OpenAsync(target.Store, cancellationToken).ConfigureAwait(false)).Manifest;
    }

    private static async Task<ManifestFile> WriteAsync(DumpStore store, string name, byte[] bytes, CancellationToken cancellationToken)
    {
        await store.WriteAsync(name, bytes, cancellationToken).ConfigureAwait(false);
        return new ManifestFile { Name = name, Bytes = bytes.Length, Sha256 = SafeFile.Hex(SHA256.HashData(bytes)) };
    }

    private static ManifestTable Table(DumpTable table, bool isBinary, IReadOnlyList<ManifestChunk> chunks)
    {
        UInt128 sum = UInt128.Zero;
        foreach (ManifestChunk chunk in chunks)
            sum = unchecked(sum + RowMeter.Number(chunk.Hash));
        return new ManifestTable
        {
            Schema = table.Table.Schema,
            Name = table.Table.Name,
            Oid = table.Oid,
            Columns = table.Columns,
            Types = table.Types,
            NameColumns = table.NameColumns is { Count: > 0 } names ? names : null,
            Masks = table.Masks is { Count: > 0 } masks && isBinary ? masks : null,
            Rows = chunks.Sum(chunk => chunk.Rows),
            Hash = RowMeter.Text(sum),
            HeapBytes = table.HeapBytes,
            TotalBytes = table.TotalBytes,
            Chunks = [.. chunks.OrderBy(chunk => chunk.Number)],
        };
    }
}
