using Npgsql;
using NpgsqlTypes;

namespace LakebaseOps.Loading.Appending;

/// <summary>
/// Which indexes of a table that rows are added to stay in place, and which are dropped first and built again at the end.
/// Primary keys and unique indexes always stay: they guard the data, and foreign keys stand on them.
/// </summary>
/// <param name="Rebuilt">Indexes to drop and build again.</param>
/// <param name="Reason">The choice and why, for a person.</param>
internal sealed record IndexStrategy(IReadOnlyList<IndexDefinition> Rebuilt, string Reason)
{
    /// <summary>
    /// Only what can be made again exactly from its definition: plain secondary indexes, valid, not clustered on, of an ordinary
    /// table, with nothing that depends on them.
    /// </summary>
    private const string CandidatesSql =
        """
        SELECT coalesce(array_agg(i.relname::text ORDER BY i.relname), '{}') FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
        WHERE x.indrelid = $1 AND t.relkind = 'r' AND NOT t.relispartition AND NOT indisunique AND NOT indisexclusion AND indisvalid AND indisready
          AND NOT indisclustered AND NOT indisreplident AND i.reltablespace = 0
          AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = i.oid)
          AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = i.oid AND d.deptype IN ('e', 'x', 'i'))
        """;

    /// <summary>Decides for one table.</summary>
    public static async Task<IndexStrategy> DecideAsync(
        NpgsqlConnection connection, uint table, TableDefinition shape, long? rows, AppendIndexes wanted, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = new(CandidatesSql, connection) { Parameters = { new() { Value = table, NpgsqlDbType = NpgsqlDbType.Oid } } };
        string[] names = (string[])(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
        // Never analysed: a page of 8 KB holds some 80 rows of usual width.
        long there = shape.EstimatedRows >= 0 ? shape.EstimatedRows : shape.HeapBytes / 100;
        return Decide([.. shape.Indexes.Where(index => names.Contains(index.Name))], shape, there, rows, wanted);
    }

    /// <summary>Compares, index by index, what it costs to keep it with what it costs to build it again.</summary>
    /// <param name="candidates">Indexes that may be dropped.</param>
    /// <param name="shape">The table.</param>
    /// <param name="there">Rows in the table.</param>
    /// <param name="rows">Rows to come; null when not known.</param>
    /// <param name="wanted">What was asked for.</param>
    public static IndexStrategy Decide(
        IReadOnlyList<IndexDefinition> candidates, TableDefinition shape, long there, long? rows, AppendIndexes wanted)
    {
        if (candidates.Count == 0)
            return new IndexStrategy([], "Keep: no secondary index that could be left out meanwhile");
        if (wanted == AppendIndexes.Keep)
            return new IndexStrategy([], "Keep: as asked for");
        if (wanted == AppendIndexes.Rebuild)
            return new IndexStrategy(candidates, $"Rebuild {Names(candidates)}: as asked for");
        if (rows is not long added)
            return new IndexStrategy([], "Keep: how many rows come shows only while reading");
        double inPlace = 0;
        double again = 0;
        List<IndexDefinition> rebuilt = [];
        foreach (IndexDefinition index in candidates)
        {
            (double keep, double build) = IndexCost.Of(index, shape);
            (keep, build) = (keep * added, build * (there + added));
            if (build >= keep)
                continue;
            rebuilt.Add(index);
            inPlace += keep;
            again += build;
        }

        string ratio = $"{added:N0} rows to {there:N0}";
        return rebuilt.Count == 0
            ? new IndexStrategy([], $"Keep: {ratio}, in place is cheaper for every index")
            : new IndexStrategy(rebuilt, $"Rebuild {Names(rebuilt)}: {ratio}, about {again / 1e6:N1} s against {inPlace / 1e6:N1} s in place");
    }

    private static string Names(IReadOnlyList<IndexDefinition> indexes) => string.Join(", ", indexes.Select(index => index.Name));
}
