namespace LakebaseOps.Verification.Content;

/// <summary>
/// Compares two sides: the digests of all rows first; where buckets differ, their rows. Reading them costs a fraction of the first
/// pass: where both sides lie alike, only the parts that differ are looked at; where one side has an index of the key, it is asked
/// for the other's keys alone.
/// </summary>
/// <param name="plan">How both are read.</param>
/// <param name="own">The table.</param>
/// <param name="reference">What it should be.</param>
/// <param name="most">Differences to name at least, where there are so many.</param>
internal sealed class ContentComparer(ContentPlan plan, TableSide own, ContentSide reference, int most)
{
    /// <summary>Rows of buckets that are read at once.</summary>
    private const int MostRows = 200_000;

    /// <summary>Reads both and compares.</summary>
    public async Task<ContentOutcome> RunAsync(CancellationToken cancellationToken)
    {
        Task<IReadOnlyDictionary<long, ContentDigest>> first = own.ReadAsync(cancellationToken);
        Task<IReadOnlyDictionary<long, ContentDigest>> second = reference.ReadAsync(cancellationToken);
        await Task.WhenAll(first, second).ConfigureAwait(false);
        IReadOnlyDictionary<long, ContentDigest> ownParts = await first.ConfigureAwait(false);
        IReadOnlyDictionary<long, ContentDigest> otherParts = await second.ConfigureAwait(false);
        ContentDigest mine = Sum(ownParts.Values);
        ContentDigest theirs = Sum(otherParts.Values);
        int[] differing = mine.Differing(theirs);
        if (differing.Length == 0)
            return new ContentOutcome(mine, theirs, [], IsComplete: true);
        int[] buckets = Chosen(differing, mine, theirs);
        (IReadOnlyList<ContentRow> here, IReadOnlyList<ContentRow> there) =
            await RowsAsync(buckets, mine, theirs, ownParts, otherParts, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<RowDifference> differences = await ExplainAsync(here, there, cancellationToken).ConfigureAwait(false);
        return new ContentOutcome(
            mine, theirs, [.. differences.Take(most)], IsComplete: buckets.Length == differing.Length && differences.Count <= most)
        { Found = differences.Count };
    }

    /// <summary>As many buckets as may be read at once, at least one.</summary>
    private static int[] Chosen(int[] differing, ContentDigest mine, ContentDigest theirs)
    {
        long rows = 0;
        return [.. differing.TakeWhile((bucket, n) => (rows += Math.Max(mine.Rows[bucket], theirs.Rows[bucket])) <= MostRows || n == 0)];
    }

    private async Task<(IReadOnlyList<ContentRow> Here, IReadOnlyList<ContentRow> There)> RowsAsync(
        int[] buckets, ContentDigest mine, ContentDigest theirs, IReadOnlyDictionary<long, ContentDigest> ownParts,
        IReadOnlyDictionary<long, ContentDigest> otherParts, CancellationToken cancellationToken)
    {
        // What both sides hold alike in the same part cannot differ.
        HashSet<long>? parts = reference is TableSide && !plan.BucketsHere
            ? [.. ownParts.Keys.Union(otherParts.Keys).Where(part => buckets.Any(bucket => !Same(ownParts, otherParts, part, bucket)))]
            : null;
        bool isAlike = parts is not null && parts.Count * 2 <= ownParts.Count;
        if (!isAlike && plan.Key.Count > 0)
        {
            long surplus = buckets.Sum(bucket => mine.Rows[bucket] - theirs.Rows[bucket]);
            if (reference.FindsKeys && surplus >= 0
                && await LookUpAsync(own, reference, theirs, buckets, cancellationToken).ConfigureAwait(false) is { } found)
                return found;
            if (own.FindsKeys && await LookUpAsync(reference, own, mine, buckets, cancellationToken).ConfigureAwait(false) is { } other)
                return (other.Found, other.Read);
        }

        Task<IReadOnlyList<ContentRow>> here = own.RowsAsync(buckets, isAlike ? parts : null, cancellationToken);
        Task<IReadOnlyList<ContentRow>> there = reference.RowsAsync(buckets, isAlike ? parts : null, cancellationToken);
        await Task.WhenAll(here, there).ConfigureAwait(false);
        return (await here.ConfigureAwait(false), await there.ConfigureAwait(false));
    }

    /// <summary>The rows of one side, and what the other has under their keys; null when the other has rows under other keys too.</summary>
    private static async Task<(IReadOnlyList<ContentRow> Read, IReadOnlyList<ContentRow> Found)?> LookUpAsync(
        ContentSide read, ContentSide asked, ContentDigest ofAsked, int[] buckets, CancellationToken cancellationToken)
    {
        IReadOnlyList<ContentRow> rows = await read.RowsAsync(buckets, null, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<ContentRow> found = await asked.FindAsync([.. rows.Select(row => row.Key).DistinctBy(key => string.Join('\0', key))], cancellationToken)
            .ConfigureAwait(false);
        UInt128 expected = UInt128.Zero;
        long count = 0;
        foreach (int bucket in buckets)
        {
            expected = unchecked(expected + ofAsked.Sums[bucket]);
            count += ofAsked.Rows[bucket];
        }

        UInt128 sum = found.Aggregate(UInt128.Zero, (all, row) => unchecked(all + row.Hash));
        return count == found.Count && sum == expected ? (rows, found) : null;
    }

    private async Task<IReadOnlyList<RowDifference>> ExplainAsync(
        IReadOnlyList<ContentRow> here, IReadOnlyList<ContentRow> there, CancellationToken cancellationToken)
    {
        (List<ContentRow> mine, List<ContentRow> theirs) = Apart(here, there);
        ILookup<string, ContentRow> others = theirs.ToLookup(row => row.Name, StringComparer.Ordinal);
        HashSet<string> changed = plan.Key.Count == 0 ? [] : [.. mine.Select(row => row.Name).Where(others.Contains)];
        Dictionary<string, string> places = theirs.Where(row => row.Place.Length > 0).GroupBy(row => row.Name).ToDictionary(row => row.Key, row => row.First().Place);
        IReadOnlyDictionary<string, IReadOnlyList<string>> columns = await ColumnsAsync(
            [.. mine.Where(row => changed.Contains(row.Name)).DistinctBy(row => row.Name).OrderBy(row => row.Name, StringComparer.Ordinal).Take(most).Select(row => row.Key)],
            cancellationToken).ConfigureAwait(false);
        return
        [
            .. changed.Order(StringComparer.Ordinal).Select(key => Of(key, RowDifferenceKind.Changed) with { Columns = columns.GetValueOrDefault(key) ?? [] }),
            .. theirs.Select(row => row.Name).Where(key => !changed.Contains(key)).Order(StringComparer.Ordinal).Select(key => Of(key, RowDifferenceKind.Missing)),
            .. mine.Select(row => row.Name).Where(key => !changed.Contains(key)).Order(StringComparer.Ordinal).Select(key => Of(key, RowDifferenceKind.Surplus)),
        ];

        RowDifference Of(string key, RowDifferenceKind kind) => new()
        {
            Key = key,
            Kind = kind,
            Place = kind == RowDifferenceKind.Surplus ? null : places.GetValueOrDefault(key),
        };
    }

    private async Task<IReadOnlyDictionary<string, IReadOnlyList<string>>> ColumnsAsync(IReadOnlyList<string[]> keys, CancellationToken cancellationToken)
    {
        if (keys.Count == 0 || plan.BucketsHere || reference is not TableSide other || !own.FindsKeys || !other.FindsKeys)
            return new Dictionary<string, IReadOnlyList<string>>();
        IReadOnlyDictionary<string, string?[]> here = await own.ValuesAsync(keys, cancellationToken).ConfigureAwait(false);
        IReadOnlyDictionary<string, string?[]> there = await other.ValuesAsync(keys, cancellationToken).ConfigureAwait(false);
        return here.Where(row => there.ContainsKey(row.Key)).ToDictionary(
            row => row.Key,
            row => (IReadOnlyList<string>)[.. plan.Columns.Select(column => column.Name).Where((_, n) => row.Value[n] != there[row.Key][n])]);
    }

    /// <summary>What is left of both when rows with equal hashes are taken out in pairs.</summary>
    private static (List<ContentRow> Mine, List<ContentRow> Theirs) Apart(IReadOnlyList<ContentRow> here, IReadOnlyList<ContentRow> there)
    {
        Dictionary<UInt128, Stack<ContentRow>> open = there.GroupBy(row => row.Hash).ToDictionary(rows => rows.Key, rows => new Stack<ContentRow>(rows));
        List<ContentRow> mine = [.. here.Where(row => !(open.TryGetValue(row.Hash, out Stack<ContentRow>? same) && same.TryPop(out _)))];
        return (mine, [.. open.Values.SelectMany(rows => rows)]);
    }

    private static bool Same(IReadOnlyDictionary<long, ContentDigest> mine, IReadOnlyDictionary<long, ContentDigest> theirs, long part, int bucket) =>
        mine.TryGetValue(part, out ContentDigest? one) && theirs.TryGetValue(part, out ContentDigest? other)
            ? one.Equals(other, bucket)
            : (one ?? theirs[part]).Rows[bucket] == 0;

    private ContentDigest Sum(IEnumerable<ContentDigest> parts)
    {
        ContentDigest all = new(plan.Buckets);
        foreach (ContentDigest part in parts)
            all.Add(part);
        return all;
    }
}

/// <summary>What a comparison found.</summary>
/// <param name="Own">The digest of the table.</param>
/// <param name="Reference">The digest of what it should be.</param>
/// <param name="Differences">Rows that differ.</param>
/// <param name="IsComplete">False when there are more than those.</param>
internal sealed record ContentOutcome(ContentDigest Own, ContentDigest Reference, IReadOnlyList<RowDifference> Differences, bool IsComplete)
{
    /// <summary>Differences found, named or not.</summary>
    public int Found { get; init; }
}
