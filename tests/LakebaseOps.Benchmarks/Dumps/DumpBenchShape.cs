using System.Globalization;

namespace LakebaseOps.Benchmarks.Dumps;

/// <summary>A database to be moved.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Rows">Rows of all tables together.</param>
/// <param name="Statements">Makes its tables of that many rows, with keys and indexes.</param>
internal sealed record DumpBenchShape(string Name, long Rows, Func<long, IEnumerable<string>> Statements)
{
    private const int FeatureTables = 30;

    /// <summary>One giant table, thirty feature tables, and one whose values lie in TOAST.</summary>
    public static IReadOnlyList<DumpBenchShape> All { get; } =
    [
        new("giant", 4_000_000, rows => Table("giant", rows, Feature, "giant_at_idx")),
        new("features", 3_000_000, rows => Enumerable.Range(1, FeatureTables).SelectMany(number => Table($"feature_{number:00}", rows / FeatureTables, Feature, null))),
        // Half compresses well and half not at all, as embeddings beside documents.
        new("toast", 40_000, rows => Table(
            "toast", rows, "md5(g::text) AS k, repeat(md5(g::text) || ' ', 200) AS document, "
                + "decode((SELECT string_agg(md5((g * 1000 + i)::text), '') FROM generate_series(1, 256) i), 'hex') AS embedding", null)),
    ];

    private const string Feature = "md5(g::text) AS k, g AS n, g / 3.0::float8 AS a, g / 7.0::float8 AS b, timestamptz '2026-01-01 00:00:00+00' + g * interval '1 s' AS at";

    private static IEnumerable<string> Table(string name, long rows, string columns, string? index)
    {
        yield return string.Create(CultureInfo.InvariantCulture, $"CREATE TABLE {name} AS SELECT {columns} FROM generate_series(1, {rows}) g");
        yield return $"ALTER TABLE {name} ADD PRIMARY KEY (k)";
        if (index is not null)
            yield return $"CREATE INDEX {index} ON {name} (at)";
        yield return $"VACUUM (FREEZE, ANALYZE) {name}";
    }
}
