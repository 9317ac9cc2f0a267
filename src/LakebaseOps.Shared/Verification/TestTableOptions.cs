namespace LakebaseOps;

/// <summary>Which tables to check and against what: the parameters of Test-LakebaseTable. Shares lie between 0 and 1.</summary>
public sealed record TestTableOptions
{
    /// <summary>The tables, as name or schema.name; wildcards allowed.</summary>
    public IReadOnlyList<string>? Table { get; init; }

    /// <summary>The checks to make; by default all but Content.</summary>
    public IReadOnlyList<TableCheckKind>? Check { get; init; }

    /// <summary>Rows each table must hold; by default what the load ledger says.</summary>
    public long? ExpectedRows { get; init; }

    /// <summary>Columns of the key, where no primary key says so.</summary>
    public IReadOnlyList<string>? KeyColumn { get; init; }

    /// <summary>Roles that must be able to read the tables, besides the session's own.</summary>
    public IReadOnlyList<string>? Reader { get; init; }

    /// <summary>The role that must own the tables; not checked by default.</summary>
    public string? Owner { get; init; }

    /// <summary>DDL that says how the tables are to be defined: a file, or the text itself; not checked by default.</summary>
    public string? Ddl { get; init; }

    /// <summary>How long scans must have been counted before an index without one is called unused.</summary>
    public TimeSpan MinStatisticsAge { get; init; } = TimeSpan.FromDays(7);

    /// <summary>True also reads the whole table and compares its content with the load ledger.</summary>
    public bool Content { get; init; }

    /// <summary>A table whose content each table must equal; with ReferenceSession by default the one of the same name.</summary>
    public string? ReferenceTable { get; init; }

    /// <summary>Name of the session that the reference table is read from; the table's own by default.</summary>
    public string? ReferenceSession { get; init; }

    /// <summary>
    /// CSV files whose rows each table must hold, plain or packed; wildcards allowed. Of several tables, each has the files that are
    /// named like it.
    /// </summary>
    public IReadOnlyList<string>? ReferencePath { get; init; }

    /// <summary>What the first line of each file is; Match by default.</summary>
    public CsvHeader? Header { get; init; }

    /// <summary>Field delimiter of the files.</summary>
    public string Delimiter { get; init; } = ",";

    /// <summary>Unquoted text that means NULL in the files.</summary>
    public string Null { get; init; } = "";

    /// <summary>Encoding of the files.</summary>
    public string Encoding { get; init; } = "utf8";

    /// <summary>What makes two rows equal; files are always compared strictly.</summary>
    public ContentComparison Comparison { get; init; }

    /// <summary>Most rows named that differ.</summary>
    public int MaxDifferences { get; init; } = 10;

    /// <summary>A file that keeps what was read, so that a comparison that was interrupted goes on; removed when it is done.</summary>
    public string? CheckpointPath { get; init; }

    /// <summary>Largest deviation of the planner's row estimate, as a share.</summary>
    public double EstimateTolerance { get; init; } = 0.1;

    /// <summary>Smallest share of pages that the visibility map calls all-visible.</summary>
    public double MinVisibleShare { get; init; } = 0.9;

    /// <summary>Largest share of rows changed since the last ANALYZE.</summary>
    public double MaxModifiedShare { get; init; } = 0.1;

    /// <summary>Largest share of the heap that is estimated to be waste.</summary>
    public double MaxBloatShare { get; init; } = 0.4;

    /// <summary>Longest name, in bytes, of a table or column; PostgreSQL cuts at 63.</summary>
    public int MaxNameBytes { get; init; } = 59;

    /// <summary>Most sequential scans since the statistics began, on tables of more than 1 MB.</summary>
    public long MaxSequentialScans { get; init; } = 100;

    /// <summary>Tables checked, and sessions of a server that read content, at the same time.</summary>
    public int ThrottleLimit { get; init; } = 4;

    /// <summary>True answers with a single boolean: no check failed.</summary>
    public bool Quiet { get; init; }
}

/// <summary>What Test-LakebaseTable can check.</summary>
public enum TableCheckKind
{
    /// <summary>The table is there. When it is not, nothing else is checked.</summary>
    Exists,

    /// <summary>The exact number of rows is the one expected.</summary>
    RowCount,

    /// <summary>The planner's estimate is near the exact number of rows.</summary>
    EstimatedRows,

    /// <summary>A primary key is there, and its index is valid.</summary>
    PrimaryKey,

    /// <summary>No key occurs more than once.</summary>
    DuplicateKey,

    /// <summary>No key column holds NULL.</summary>
    NullKey,

    /// <summary>Every index is valid.</summary>
    InvalidIndex,

    /// <summary>No stage table of an abandoned load is left.</summary>
    LeftoverStage,

    /// <summary>The visibility map covers the table, so that index-only scans stay in the index.</summary>
    VisibilityMap,

    /// <summary>The planner has statistics, and they are fresh.</summary>
    LastAnalyze,

    /// <summary>The heap is not much larger than its rows.</summary>
    Bloat,

    /// <summary>No name is so long that one made from it would be cut.</summary>
    NameLength,

    /// <summary>The table is read by index, not from end to end.</summary>
    SequentialScans,

    /// <summary>Autovacuum is not working on the table right now.</summary>
    Autovacuum,

    /// <summary>The session's role and the readers may read the table.</summary>
    Grants,

    /// <summary>Key columns compare bytewise, and collations are of the version the indexes were built with.</summary>
    Collation,

    /// <summary>Autovacuum and statistics are on for the table, and it survives a crash.</summary>
    Settings,

    /// <summary>Columns, constraints, indexes and storage settings are those of the DDL.</summary>
    Definition,

    /// <summary>Every constraint is validated.</summary>
    InvalidConstraint,

    /// <summary>No index is there twice.</summary>
    DuplicateIndex,

    /// <summary>Every index that guards nothing has been scanned since the statistics began.</summary>
    UnusedIndex,

    /// <summary>No trigger is switched off.</summary>
    DisabledTrigger,

    /// <summary>Sequences of identity and serial columns are past the greatest value.</summary>
    Sequence,

    /// <summary>The table is owned by the role that was asked for.</summary>
    Owner,

    /// <summary>The content is the one that was loaded, or that of the reference table.</summary>
    Content,
}
