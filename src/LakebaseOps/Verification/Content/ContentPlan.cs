using System.Globalization;
using LakebaseOps.Loading.Wire;

namespace LakebaseOps.Verification.Content;

/// <summary>How both sides are read, so that what they find can be compared.</summary>
/// <param name="Columns">The columns, in the order both sides hash them.</param>
/// <param name="Key">Numbers of the columns that say which rows are the same; none when the whole row does.</param>
/// <param name="IsStrict">True hashes the binary form of each row here; false lets the servers hash values.</param>
/// <param name="Buckets">A power of two.</param>
/// <param name="PartPages">Pages that are read at once.</param>
internal sealed record ContentPlan(IReadOnlyList<ContentColumn> Columns, IReadOnlyList<int> Key, bool IsStrict, int Buckets, long PartPages)
{
    private const int FewestBuckets = 1024;
    private const int MostBuckets = 16 * 1024;
    private const int FewestPages = 256;
    private const int MostPages = 16 * 1024;

    /// <summary>Whether the bucket of a row is computed here, not by a server: rows of a file are on none.</summary>
    public bool BucketsHere { get; init; }

    /// <summary>What the columns are in the binary form, where buckets are computed here.</summary>
    public IReadOnlyList<ColumnKind> Kinds { get; init; } = [];

    /// <summary>Buckets for so many rows: few enough to stay in the processor's cache, and enough to tell where a difference is.</summary>
    public static int BucketsFor(long rows)
    {
        int buckets = FewestBuckets;
        while (buckets < MostBuckets && rows / buckets > 4096)
            buckets *= 2;
        return buckets;
    }

    /// <summary>Pages for each part of a table of so many pages and so many sessions.</summary>
    public static long PagesFor(long pages, int sessions) => Math.Clamp(pages / (4L * sessions), FewestPages, MostPages);

    /// <summary>The row's hash as SQL.</summary>
    public string RowSql => ContentColumn.Hash(Columns);

    /// <summary>The bucket as SQL.</summary>
    public string BucketSql => Mask(ContentColumn.Hash(Key.Count == 0 ? Columns : KeyColumns));

    /// <summary>The columns of the key.</summary>
    public IReadOnlyList<ContentColumn> KeyColumns => [.. Key.Select(number => Columns[number])];

    /// <summary>The columns' names as SQL.</summary>
    public string List => string.Join(", ", Columns.Select(column => TableName.Quote(column.Name)));

    /// <summary>The columns as they are sent to be hashed here: those of types whose binary form holds numbers that each database gives out itself as text.</summary>
    public string SentSql => string.Join(", ", Columns.Select(column => TableName.Quote(column.Name) + (column.HasEquality ? "" : "::text")));

    /// <summary>What names a row, as SQL: a JSON array of texts.</summary>
    public string NameSql => Key.Count == 0
        ? $"json_build_array(left(ROW({List})::text, 200))::text"
        : $"json_build_array({string.Join(", ", KeyColumns.Select(column => $"{TableName.Quote(column.Name)}::text"))})::text";

    /// <summary>The bucket of a hash as SQL.</summary>
    public string Mask(string hash) => string.Create(CultureInfo.InvariantCulture, $"({hash} & {Buckets - 1})::int");

    /// <summary>The bucket of a row in the binary form.</summary>
    public int BucketOf(ReadOnlySpan<byte> row)
    {
        UInt128 hash = UInt128.Zero;
        if (Key.Count == 0)
            hash = RowHash.Of(row);
        foreach (int number in Key)
            hash = unchecked((hash * 31) + RowHash.Of(CopyRow.Field(row, number)));
        return (int)((ulong)hash & (ulong)(Buckets - 1));
    }

    /// <summary>All that the digests depend on, for a checkpoint.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{(IsStrict ? "Strict" : "Equality")} {Buckets} {PartPages} {BucketsHere} {string.Join(",", Key)} {RowSql}");
}
