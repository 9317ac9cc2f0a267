using System.Globalization;

namespace LakebaseOps.Benchmarks.Indexing;

/// <summary>A table to build indexes on.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Type of its key k.</param>
/// <param name="Key">Expression of the key of row g.</param>
/// <param name="Others">Definitions of its other columns.</param>
/// <param name="Values">Their values in row g.</param>
internal sealed record IndexBenchShape(string Name, string Type, string Key, string Others, string Values)
{
    private const string Sha = "sha256(g::text::bytea)";
    private const string Hex = $"encode({Sha}, 'hex')";
    private const string Uuid = "md5(g::text)::uuid";

    /// <summary>One key each; the database's collation is C.UTF-8.</summary>
    public static readonly IReadOnlyList<IndexBenchShape> All =
    [
        Floats("narrow", "text", "md5(g::text)", 1) with { Advised = ("uuid", Uuid) },
        Floats("wide", "text", Hex, 16) with { Advised = ("bytea", Sha) },
        Floats("text", "text", Hex, 7) with { Advised = ("bytea", Sha) },
        Floats("bytea", "bytea", Sha, 7),
        Floats("uuid", "uuid", Uuid, 7),
        Floats("bigint", "bigint", "hashint8extended(g, 0)", 7),
    ];

    /// <summary>Six tables, from the key alone to a kilobyte beside it, each with three types of key.</summary>
    public static readonly IReadOnlyList<IndexBenchShape> Pairs =
    [
        .. from table in new[]
            {
                new IndexBenchShape("key_alone", "", "", "", ""),
                Floats("one", "", "", 1),
                Floats("seven", "", "", 7),
                Floats("forty", "", "", 40),
                new("array", "", "", ", features real[]", ", array_fill(g::real, ARRAY[64])"),
                new("payload", "", "", ", payload text", $", repeat({Hex}, 16)"),
            }
            from key in new (string Type, string Key)[] { ("text", Hex), ("uuid", Uuid), ("bigint", "hashint8extended(g, 0)") }
            select table with { Name = $"{table.Name}_{key.Type}", Type = key.Type, Key = key.Key },
    ];

    /// <summary>The type of key the advisor proposes instead, and its expression of row g.</summary>
    public (string Type, string Key)? Advised { get; init; }

    /// <summary>The same rows with the key the advisor proposes.</summary>
    public IndexBenchShape? AsAdvised => Advised is var (type, key) ? this with { Name = $"{Name}_as_{type}", Type = type, Key = key, Advised = null } : null;

    /// <summary>Makes it with rows in no order of the key.</summary>
    public string Create(string table, long rows) => string.Create(CultureInfo.InvariantCulture,
        $"CREATE TABLE {table} (k {Type}{Others}); "
        + $"INSERT INTO {table} SELECT {Key}{Values} FROM generate_series(1::bigint, {rows}) g");

    private static IndexBenchShape Floats(string name, string type, string key, int columns) => new(
        name, type, key,
        string.Concat(Enumerable.Range(1, columns).Select(number => $", c{number} float8")),
        string.Concat(Enumerable.Range(1, columns).Select(_ => ", g")));
}
