using System.Collections.Concurrent;
using LakebaseOps.Dumps.Definitions;
using LakebaseOps.Dumps.Folders;
using LakebaseOps.Operations;

namespace LakebaseOps.Dumps.Exporting;

/// <summary>Decides what of a dump that was broken off is kept.</summary>
internal static class DumpResume
{
    /// <summary>Begins the journal, or goes on with it; answers with the chunks that are there and right.</summary>
    /// <exception cref="LakebaseException">DumpSnapshotGone; InvalidArgument: the folder is of a dump of something else.</exception>
    public static async Task<IReadOnlyList<JournalChunk>> BeginAsync(
        DumpTarget target, DumpSnapshot snapshot, ManifestSelection selection, ExportDumpOptions options, IOperationSink sink, CancellationToken cancellationToken)
    {
        JournalHead head = new()
        {
            Source = snapshot.Source,
            Identity = snapshot.Identity,
            Selection = selection,
            DataFormat = target.DataFormat,
            Compression = target.Compression,
        };
        IReadOnlyList<JournalChunk> there = options.Force ? [] : target.Journal.Chunks;
        if (there.Count > 0)
        {
            JournalHead former = target.Journal.Head!;
            Refuse(target.Folder, former, head);
            if (former.Identity != head.Identity || there.Any(chunk => chunk.Snapshot != snapshot.Source.Snapshot))
            {
                if (!options.AllowInconsistent)
                    throw DumpSnapshot.Gone(target.Folder, null);
            }

            there = await RightAsync(target, snapshot, there, cancellationToken).ConfigureAwait(false);
            sink.Milestone($"{there.Count} chunks are there from an earlier call and right");
        }

        // The journal is cut first: a file that it does not name may go, never the other way round.
        await target.Journal.BeginAsync(head, there, cancellationToken).ConfigureAwait(false);
        await target.Store.ClearAsync(there.Select(chunk => chunk.Chunk.File), cancellationToken).ConfigureAwait(false);
        return there;
    }

    private static void Refuse(string folder, JournalHead former, JournalHead head)
    {
        string? difference = (former.Source.Database, former.Source.Host, former.Source.Port) != (head.Source.Database, head.Source.Host, head.Source.Port)
                ? $"of database '{former.Source.Database}' on {former.Source.Host}:{former.Source.Port}"
            : former.DataFormat != head.DataFormat ? $"with -DataFormat {former.DataFormat}"
            : former.Compression != head.Compression ? $"with -Compression {former.Compression}"
            : former.Selection.Content != head.Selection.Content || !former.Selection.Schemas.SequenceEqual(head.Selection.Schemas)
                || !former.Selection.Tables.SequenceEqual(head.Selection.Tables) ? "of other schemas, tables or contents"
            : null;
        if (difference is null)
            return;
        throw new LakebaseError(ErrorIds.InvalidArgument, LakebaseErrorKind.InvalidArgument, $"'{folder}' holds a dump that was broken off, {difference}.")
        { Target = folder, Remedy = "Ask for the same again, give -Force to begin anew, or another -Path." }.ToException();
    }

    /// <summary>Those whose table is as it was and whose file holds what it did.</summary>
    private static async Task<IReadOnlyList<JournalChunk>> RightAsync(
        DumpTarget target, DumpSnapshot snapshot, IReadOnlyList<JournalChunk> chunks, CancellationToken cancellationToken)
    {
        Dictionary<string, long> stored = (await target.Store.ListAsync(cancellationToken).ConfigureAwait(false)).ToDictionary(file => file.Name, file => file.Bytes);
        Dictionary<TableName, DumpTable> tables = snapshot.Definition.Tables.ToDictionary(table => table.Table);
        ConcurrentBag<JournalChunk> right = [];
        ParallelOptions parallel = new() { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(chunks, parallel, async (chunk, stop) =>
        {
            if (tables.TryGetValue(chunk.Table, out DumpTable? table) && table.Oid == chunk.Oid && table.Columns.SequenceEqual(chunk.Columns)
                && table.Types.SequenceEqual(chunk.Types) && stored.GetValueOrDefault(chunk.Chunk.File, -1) == chunk.Chunk.StoredBytes
                && await IsRightAsync(target.Store, chunk.Chunk, stop).ConfigureAwait(false))
                right.Add(chunk);
        }).ConfigureAwait(false);
        return [.. right.OrderBy(chunk => chunk.Chunk.File, StringComparer.Ordinal)];
    }

    private static async Task<bool> IsRightAsync(DumpStore store, ManifestChunk chunk, CancellationToken cancellationToken)
    {
        using HashedFile file = new(await store.OpenAsync(chunk.File, cancellationToken).ConfigureAwait(false));
        await file.DrainAsync(cancellationToken).ConfigureAwait(false);
        return file.Sha256 == chunk.Sha256;
    }
}
