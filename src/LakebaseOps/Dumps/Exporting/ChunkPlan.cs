using LakebaseOps.Dumps.Definitions;
using LakebaseOps.Dumps.Folders;

namespace LakebaseOps.Dumps.Exporting;

/// <summary>A piece of a table that is to be read into a file.</summary>
/// <param name="Table">The table.</param>
/// <param name="Number">Number within the table.</param>
/// <param name="FromPage">First page; null with <paramref name="ToPage"/> null: the table whole.</param>
/// <param name="ToPage">Behind the last page; null for all that follow.</param>
/// <param name="Bytes">Bytes that it takes of the table, about.</param>
internal sealed record ChunkWork(DumpTable Table, int Number, long? FromPage, long? ToPage, long Bytes);

/// <summary>Cuts tables into pieces of about the same number of bytes.</summary>
internal static class ChunkPlan
{
    private const int PageBytes = 8192;

    /// <summary>What is to be read besides the chunks that are there, largest first.</summary>
    /// <param name="tables">The tables.</param>
    /// <param name="kept">Chunks that are there, by table.</param>
    /// <param name="chunkBytes">Bytes with TOAST that one chunk takes.</param>
    public static IReadOnlyList<ChunkWork> Cut(IReadOnlyList<DumpTable> tables, ILookup<TableName, ManifestChunk> kept, long chunkBytes) =>
    [
        .. tables.SelectMany(table => Cut(table, [.. kept[table.Table]], chunkBytes)).OrderByDescending(work => work.Bytes),
    ];

    private static List<ChunkWork> Cut(DumpTable table, IReadOnlyList<ManifestChunk> kept, long chunkBytes)
    {
        long pages = (table.HeapBytes + PageBytes - 1) / PageBytes;
        // TOAST counts: such a table has few pages and much to read behind each.
        long perPage = pages == 0 ? 0 : Math.Max(PageBytes, table.TotalBytes / pages);
        long step = Math.Max(1, perPage == 0 ? 1 : chunkBytes / perPage);
        HashSet<int> taken = [.. kept.Select(chunk => chunk.Number)];
        List<ChunkWork> work = [];
        if (kept.Any(chunk => chunk.FromPage is null))
            return work;
        if (kept.Count == 0 && (table.IsWhole || pages <= step))
        {
            work.Add(new ChunkWork(table, 0, null, null, Math.Max(table.TotalBytes, 1)));
            return work;
        }

        int number = 0;
        foreach ((long from, long? to) in Gaps(kept))
        {
            long end = to ?? Math.Max(pages, from + 1);
            for (long at = from; at < end; at += step)
            {
                while (taken.Contains(number))
                    number++;
                bool isLast = at + step >= end;
                // The last of all is open to its end, whatever the table's size was said to be.
                work.Add(new ChunkWork(table, number++, at, isLast ? to : at + step, (Math.Min(end, at + step) - at) * perPage));
            }
        }

        return work;
    }

    private static IEnumerable<(long From, long? To)> Gaps(IReadOnlyList<ManifestChunk> kept)
    {
        long at = 0;
        foreach (ManifestChunk chunk in kept.OrderBy(chunk => chunk.FromPage))
        {
            if (chunk.FromPage > at)
                yield return (at, chunk.FromPage);
            if (chunk.ToPage is null)
                yield break;
            at = chunk.ToPage.Value;
        }

        yield return (at, null);
    }
}
