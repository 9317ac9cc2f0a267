using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using LakebaseOps.Loading.Ledger;
using LakebaseOps.Loading.Sources;
using LakebaseOps.Loading.Wire;

namespace LakebaseOps.Verification.Content;

/// <summary>The rows of files, encoded as a load would send them.</summary>
/// <param name="open">Opens the files; called again for each reading, for some pass by only once.</param>
/// <param name="description">What they are called in results.</param>
/// <param name="plan">How they are hashed.</param>
/// <param name="zoneIsUtc">Whether the server takes a timestamptz without a zone for UTC.</param>
/// <param name="sessions">Parts that are read at once.</param>
internal sealed class FileSide(Func<CancellationToken, Task<LoadSource>> open, string description, ContentPlan plan, bool zoneIsUtc, int sessions) : ContentSide
{
    private delegate void RowAction(LoadChunk chunk, long record, ReadOnlySpan<byte> row);

    /// <inheritdoc />
    public override string Description => description;

    /// <summary>Rows with a value that only a server can read: their content is not known here.</summary>
    public long Unread => _unread;

    private long _unread;

    /// <inheritdoc />
    public override async Task<IReadOnlyDictionary<long, ContentDigest>> ReadAsync(CancellationToken cancellationToken)
    {
        ConcurrentBag<ContentDigest> parts = [];
        LoadSource source = await open(cancellationToken).ConfigureAwait(false);
        await using (source.ConfigureAwait(false))
        {
            await ForEachAsync(source, () =>
            {
                ContentDigest digest = new(plan.Buckets);
                parts.Add(digest);
                return (_, _, row) => digest.Add(plan.BucketOf(row), RowHash.Of(row));
            }, cancellationToken).ConfigureAwait(false);
        }

        ContentDigest all = new(plan.Buckets);
        foreach (ContentDigest part in parts)
            all.Add(part);
        return new Dictionary<long, ContentDigest> { [0] = all };
    }

    /// <inheritdoc />
    public override async Task<IReadOnlyList<ContentRow>> RowsAsync(int[] buckets, IReadOnlySet<long>? parts, CancellationToken cancellationToken)
    {
        ConcurrentBag<(LoadRange Range, long Record, ContentRow Row)> found = [];
        HashSet<int> wanted = [.. buckets];
        List<ContentRow> rows = [];
        LoadSource source = await open(cancellationToken).ConfigureAwait(false);
        await using (source.ConfigureAwait(false))
        {
            await ForEachAsync(source, () => (chunk, record, row) =>
            {
                if (wanted.Contains(plan.BucketOf(row)))
                    found.Add((chunk.Range, record, new ContentRow(FieldText.Of(row, plan.Key, plan.Kinds), RowHash.Of(row))));
            }, cancellationToken).ConfigureAwait(false);
            // Where a line is has to be searched for: of a few rows, or of none.
            bool locates = found.Count <= 5000 && source is SeekableSource;
            foreach ((LoadRange range, long record, ContentRow row) in found)
                rows.Add(locates ? row with { Place = await PlaceAsync((SeekableSource)source, range, record, cancellationToken).ConfigureAwait(false) } : row);
        }

        return rows;
    }

    private static async Task<string> PlaceAsync(SeekableSource source, LoadRange range, long record, CancellationToken cancellationToken)
    {
        using LoadChunk chunk = await source.OpenAsync(range, cancellationToken).ConfigureAwait(false);
        return await source.LocateAsync(chunk, record, cancellationToken).ConfigureAwait(false);
    }

    private async Task ForEachAsync(LoadSource source, Func<RowAction> begin, CancellationToken cancellationToken)
    {
        ParallelOptions parallel = new() { MaxDegreeOfParallelism = sessions, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(ChunksAsync(source, cancellationToken), parallel, async (chunk, token) =>
        {
            using (chunk)
                await ReadAsync(source, chunk, begin(), token).ConfigureAwait(false);
        }).ConfigureAwait(false);
    }

    private async Task ReadAsync(LoadSource source, LoadChunk chunk, RowAction use, CancellationToken cancellationToken)
    {
        RowFeed feed = source.CreateFeed(zoneIsUtc);
        feed.Open(chunk);
        using CopyBuffer buffer = new();
        using MemoryStream block = new(CopyBuffer.BlockBytes * 2);
        buffer.Begin();
        long record = 0;
        int header = CopyRow.HeaderBytes;
        for (FeedState state = FeedState.More; state == FeedState.More;)
        {
            state = feed.Fill(buffer);
            block.SetLength(0);
            await buffer.FlushAsync(block, cancellationToken).ConfigureAwait(false);
            if (state == FeedState.NeedsText)
                throw new ContentUnknownException("values of the file can be read only by the server") { Remedy = "Load the file into a table of its own and give that as -ReferenceTable." };
            CopyRows.Use(block.GetBuffer().AsSpan(header, (int)block.Length - header), row => use(chunk, record++, row));
            header = 0;
        }

        Interlocked.Add(ref _unread, feed.Aside.Count);
    }

    private static async IAsyncEnumerable<LoadChunk> ChunksAsync(LoadSource source, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (source is SequentialSource passing)
        {
            passing.Resume([]);
            while (await passing.NextAsync(cancellationToken).ConfigureAwait(false) is LoadChunk next)
                yield return next;
            yield break;
        }

        SeekableSource seekable = (SeekableSource)source;
        foreach (LoadRange input in seekable.Inputs)
        {
            for (LoadRange rest = input; rest.From < rest.To;)
            {
                IReadOnlyList<LoadRange> parts = await seekable.CutAsync(rest, seekable.PartsAtOnce, cancellationToken).ConfigureAwait(false);
                if (parts.Count == 0)
                    break;
                foreach (LoadRange part in parts)
                    yield return await seekable.OpenAsync(part, cancellationToken).ConfigureAwait(false);
                rest = rest with { From = parts[^1].To };
            }
        }
    }
}
