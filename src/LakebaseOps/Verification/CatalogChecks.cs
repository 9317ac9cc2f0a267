using System.Globalization;
using System.Text;

namespace LakebaseOps.Verification;

/// <summary>The checks that need no more than the table's facts.</summary>
internal static class CatalogChecks
{
    private const int PageBytes = 8192;
    private const int PageHeader = 24;
    private const int RowOverhead = 28;
    private const long Megabyte = 1 << 20;

    /// <summary>The visibility map's share of the heap.</summary>
    public static Finding VisibilityMap(TableState facts, TestTableOptions options)
    {
        long pages = facts.HeapBytes / PageBytes;
        double share = pages == 0 ? 1 : Math.Min(1, (double)facts.VisiblePages / pages);
        return Finding.Prefer(share >= options.MinVisibleShare, $"at least {Share(options.MinVisibleShare)} of the pages all-visible",
            Share(share), "Run VACUUM (FREEZE, ANALYZE) on the table.");
    }

    /// <summary>Statistics are there and fresh.</summary>
    public static Finding LastAnalyze(TableState facts, TestTableOptions options)
    {
        const string Remedy = "Run ANALYZE on the table.";
        if (facts.HeapBytes == 0)
            return Finding.Skip("the table is empty");
        if (!facts.IsAnalyzed || facts.EstimatedRows < 0)
            return Finding.Prefer(false, "column statistics", "never analysed, or this role may not see the statistics", Remedy);
        double share = facts.ModifiedRows / Math.Max(1.0, facts.EstimatedRows);
        return Finding.Prefer(share <= options.MaxModifiedShare, $"at most {Share(options.MaxModifiedShare)} of the rows changed since",
            $"{Count(facts.ModifiedRows)} rows ({Share(share)})", Remedy);
    }

    /// <summary>Estimated waste: dead rows, or a heap larger than its rows' average width explains.</summary>
    public static Finding Bloat(TableState facts, TestTableOptions options)
    {
        if (facts.HeapBytes < Megabyte || facts.EstimatedRows <= 0 || facts.AverageWidth <= 0)
            return Finding.Skip("too small, or without statistics to estimate from");
        double row = (Math.Ceiling(facts.AverageWidth / 8) * 8) + RowOverhead;
        double perPage = Math.Max(1, Math.Floor((PageBytes - PageHeader) * (facts.FillFactor / 100.0) / row));
        double needed = facts.EstimatedRows / perPage * PageBytes;
        double dead = (double)facts.DeadRows / (facts.EstimatedRows + facts.DeadRows);
        double share = Math.Max(dead, 1 - (needed / facts.HeapBytes));
        return Finding.Prefer(share <= options.MaxBloatShare, $"at most {Share(options.MaxBloatShare)} of the heap wasted",
            $"about {Share(Math.Max(0, share))}", "Load the table again, or run VACUUM FULL or pg_repack when it may be locked.");
    }

    /// <summary>Names leave room for the names made from them.</summary>
    public static Finding NameLength(TableName table, TableState facts, TestTableOptions options)
    {
        string[] names = [.. facts.Columns.Prepend(table.Name).Where(name => Encoding.UTF8.GetByteCount(name) > options.MaxNameBytes)];
        return Finding.Prefer(names.Length == 0, $"at most {options.MaxNameBytes} bytes",
            names.Length == 0
                ? $"{Encoding.UTF8.GetByteCount(table.Name)} bytes"
                : string.Join(", ", names.Select(name => $"'{name}' {Encoding.UTF8.GetByteCount(name)} bytes")),
            $"PostgreSQL cuts names at {TableName.MaxBytes} bytes, and a cut name may be another's: shorten it.");
    }

    /// <summary>Reads go through an index.</summary>
    public static Finding SequentialScans(TableState facts, TestTableOptions options)
    {
        bool good = facts.HeapBytes < Megabyte || facts.SequentialScans <= options.MaxSequentialScans;
        return Finding.Prefer(good, $"at most {Count(options.MaxSequentialScans)} sequential scans",
            $"{Count(facts.SequentialScans)}, and {Count(facts.IndexScans)} index scans",
            "Find the statements in pg_stat_statements; a missing index or a key of another type makes them read the whole table.");
    }

    /// <summary>Nobody vacuums right now.</summary>
    public static Finding Autovacuum(TableState facts) =>
        Finding.Prefer(!facts.IsBeingVacuumed, "autovacuum not at work", facts.IsBeingVacuumed ? "autovacuum is at work on the table" : "idle",
            "Wait until it is done before you measure; after a load, VACUUM (FREEZE, ANALYZE) leaves it nothing to do.");

    /// <summary>Keys compare bytewise and collations are current.</summary>
    public static Finding Collation(TableState facts)
    {
        if (facts.IsCollationOutdated)
        {
            return Finding.Prefer(false, "collation of the version the database was made with", "the server's collation library has changed",
                "REINDEX the text indexes, then ALTER DATABASE … REFRESH COLLATION VERSION.");
        }

        return Finding.Prefer(facts.LinguisticIndexes.Count == 0, "keys that compare bytewise",
            facts.LinguisticIndexes.Count == 0 ? "bytewise" : string.Join(", ", facts.LinguisticIndexes),
            "Declare text keys COLLATE \"C\": lookups and index builds become several times cheaper.");
    }

    /// <summary>The table is kept up by the server and survives a crash.</summary>
    public static Finding Settings(TableState facts)
    {
        List<string> faults = [];
        if (facts.IsAutovacuumOff)
            faults.Add("autovacuum is off for this table");
        if (!facts.IsServerVacuuming)
            faults.Add("autovacuum or track_counts is off on the server");
        if (!facts.IsLogged)
            faults.Add("the table is UNLOGGED: a crash or a restart of the compute empties it");
        return Finding.Prefer(faults.Count == 0, "autovacuum on, logged", faults.Count == 0 ? "so it is" : string.Join("; ", faults),
            "ALTER TABLE … RESET (autovacuum_enabled), ALTER TABLE … SET LOGGED, or the server's settings.");
    }

    /// <summary>A share as text.</summary>
    public static string Share(double share) => string.Create(CultureInfo.InvariantCulture, $"{share * 100:0.#} %");

    /// <summary>A count as text.</summary>
    public static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);
}
