using System.Globalization;

namespace LakebaseOps.Indexing.Advice;

/// <summary>Advice that the catalog and the statistics suffice for: what to drop.</summary>
internal static class CatalogAdvice
{
    /// <summary>Indexes that another one of the table does the work of.</summary>
    public static IEnumerable<IndexAdvice> Duplicates(AdvisedTable table)
    {
        IReadOnlyList<IndexFacts> all = table.Indexes;
        foreach (IndexFacts index in all.Where(index => !index.IsNeeded && index.IsOfColumns))
        {
            IndexFacts? better = all.FirstOrDefault(other => Covers(other, index)
                // Of two that do the same work, the later in the list goes, and never both.
                && !(Covers(index, other) && !other.IsNeeded && Position(all, index) < Position(all, other)));
            if (better is not null)
                yield return Drop(table, index, IndexAdviceKind.Duplicate, $"{TableName.Quote(better.Name)} finds the same rows by the same columns");
        }
    }

    /// <summary>Indexes without a scan, but for those that guard the data.</summary>
    public static IEnumerable<IndexAdvice> Unused(AdvisedTable table, IndexAdviceOptions options) =>
        table.Counting < options.MinStatisticsAge
            ? []
            : table.Indexes.Where(index => index is { Scans: 0, IsNeeded: false, IsUnique: false }).Select(index => Drop(
                table, index, IndexAdviceKind.Unused,
                string.Create(CultureInfo.InvariantCulture, $"no scan in {table.Counting.TotalDays:0.#} days; a standby counts its own")));

    private static bool Covers(IndexFacts one, IndexFacts other) =>
        !ReferenceEquals(one, other) && one.IsOfColumns && one.Method == other.Method && one.Predicate == other.Predicate
        && (!other.IsUnique || (one.IsUnique && one.KeyShapes.Count == other.KeyShapes.Count))
        && (one.Method == "btree" ? one.KeyShapes.Take(other.KeyShapes.Count).SequenceEqual(other.KeyShapes) : one.KeyShapes.SequenceEqual(other.KeyShapes))
        && other.Included.All(column => one.Included.Contains(column) || one.Keys.Contains(column));

    private static int Position(IReadOnlyList<IndexFacts> all, IndexFacts index) => all.TakeWhile(one => !ReferenceEquals(one, index)).Count();

    private static IndexAdvice Drop(AdvisedTable table, IndexFacts index, IndexAdviceKind kind, string reason) => new()
    {
        Table = table.Name.ToString(),
        Index = index.Name,
        Kind = kind,
        Reason = reason,
        Statement = IndexStatement.Drop(table.Name, index.Name, concurrently: true),
        SizeBytes = index.SizeBytes,
        ExpectedSizeBytes = 0,
    };
}
