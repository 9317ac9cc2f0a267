using System.Globalization;

namespace LakebaseOps.Benchmarks.Indexing;

/// <summary>A table to build indexes on.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Type of its key k.</param>
/// <param name="Key">Expression of the key of row g.</param>
/// <param name="Columns">Columns of eight bytes besides.</param>
internal sealed record IndexBenchShape(string Name, string Type, string Key, int Columns)
{
    private const string Sha = "sha256(g::text::bytea)";

    /// <summary>All; the database's collation is C.UTF-8.</summary>
    public static readonly IReadOnlyList<IndexBenchShape> All =
    [
        new("narrow", "text", "md5(g::text)", 1),
        new("wide", "text", $"encode({Sha}, 'hex')", 16),
        new("text", "text", $"encode({Sha}, 'hex')", 7),
        new("bytea", "bytea", Sha, 7),
        new("uuid", "uuid", "md5(g::text)::uuid", 7),
        new("bigint", "bigint", "hashint8extended(g, 0)", 7),
    ];

    /// <summary>Makes it with rows in no order of the key.</summary>
    public string Create(string table, long rows) => string.Create(CultureInfo.InvariantCulture,
        $"CREATE TABLE {table} (k {Type}{string.Concat(Enumerable.Range(1, Columns).Select(number => $", c{number} float8"))}); "
        + $"INSERT INTO {table} SELECT {Key}{string.Concat(Enumerable.Range(1, Columns).Select(_ => ", g"))} FROM generate_series(1::bigint, {rows}) g");
}
