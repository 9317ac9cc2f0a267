namespace LakebaseOps;

/// <summary>What to load and how: the parameters of Invoke-LakebaseBulkLoad.</summary>
public sealed record BulkLoadOptions
{
    /// <summary>The table to fill; for files by default the file's name without .gz, .zst or .br and one further extension.</summary>
    public string? Table { get; init; }

    /// <summary>
    /// CSV files, plain or packed with gzip, zstd or Brotli; wildcards allowed, also in folders, and ** for any folders. Several files
    /// for one table are one load. The path - is standard input.
    /// </summary>
    public IReadOnlyList<string>? Path { get; init; }

    /// <summary>A JSON file that says which CSV files are for which table, and how many rows and bytes they hold.</summary>
    public string? Manifest { get; init; }

    /// <summary>DDL of tables that do not exist yet: a file, or the text itself.</summary>
    public string? Ddl { get; init; }

    /// <summary>Load generated rows instead of files.</summary>
    public bool Synthetic { get; init; }

    /// <summary>A known set of generated tables.</summary>
    public FeatureWorkload? Workload { get; init; }

    /// <summary>SQL text of a query to load the rows of; its columns have the names of the table's.</summary>
    public string? Query { get; init; }

    /// <summary>A table to load all rows of.</summary>
    public string? SourceTable { get; init; }

    /// <summary>Name of the session that Query or SourceTable is read from; the target's own by default.</summary>
    public string? SourceSession { get; init; }

    /// <summary>Rows to generate for the table.</summary>
    public long? Rows { get; init; }

    /// <summary>Share of the workload's real size to generate; 1 is the real size.</summary>
    public double? Scale { get; init; }

    /// <summary>Seed of the generator: the same seed makes the same rows. 1 by default.</summary>
    public long? Seed { get; init; }

    /// <summary>
    /// Columns in the order of the file's fields; by default those the header names, or the table's own. An empty name leaves
    /// its field out.
    /// </summary>
    public IReadOnlyList<string>? Columns { get; init; }

    /// <summary>
    /// Column for a name in the header, for names that are not the column's. A name mapped to nothing is a field that is left
    /// out; the name * stands for all that neither the map nor the table knows.
    /// </summary>
    public IReadOnlyDictionary<string, string?>? ColumnMap { get; init; }

    /// <summary>What the first line of each file is; Match by default, None when Columns is given.</summary>
    public CsvHeader? Header { get; init; }

    /// <summary>Field delimiter: one ASCII character.</summary>
    public string Delimiter { get; init; } = ",";

    /// <summary>Quote character.</summary>
    public string Quote { get; init; } = "\"";

    /// <summary>Character that escapes a quote within quotes; the quote itself by default.</summary>
    public string? Escape { get; init; }

    /// <summary>Unquoted text that means NULL; the empty text by default. A quoted empty field is an empty text.</summary>
    public string Null { get; init; } = "";

    /// <summary>Columns (* for all) where a quoted text equal to Null is NULL too.</summary>
    public IReadOnlyList<string>? ForceNull { get; init; }

    /// <summary>Columns (* for all) where an unquoted text equal to Null stays that text.</summary>
    public IReadOnlyList<string>? ForceNotNull { get; init; }

    /// <summary>Encoding of the files: utf8, utf16, latin1, win1252 or another name that PostgreSQL or .NET has for it.</summary>
    public string Encoding { get; init; } = "utf8";

    /// <summary>Parallel streams; by default from the server's processors and free connections.</summary>
    public int? ThrottleLimit { get; init; }

    /// <summary>Bytes of input of one chunk, which is one transaction; by default up to 128 MB (32 MB where rows are merged), less towards the end.</summary>
    public int? ChunkBytes { get; init; }

    /// <summary>Rows of one chunk; by default up to 2,097,152 generated rows, less towards the end, and 65,536 objects.</summary>
    public int? ChunkRows { get; init; }

    /// <summary>Replace stages and swaps; Append adds to the table as it is; Upsert updates rows that are there already.</summary>
    public BulkLoadMode Mode { get; init; }

    /// <summary>Count compares numbers of rows before the swap; Content reads the whole table back and compares hashes.</summary>
    public LoadProof Proof { get; init; }

    /// <summary>Bytes per second at most, over all streams of this process; of input, or of what is sent where nothing is read.</summary>
    public long? MaxBytesPerSecond { get; init; }

    /// <summary>Bytes of write-ahead log that a standby or replication slot may be behind; the load pauses while it is more.</summary>
    public long? MaxWalLag { get; init; }

    /// <summary>
    /// Rows that may be refused before the load is: a number such as "100", or a share of all rows such as "0.1%". None by
    /// default: the first bad row ends the load. Good rows go in, bad ones into the reject file.
    /// </summary>
    public string? MaxErrors { get; init; }

    /// <summary>
    /// The CSV file that refused rows are written to, or an existing folder for a file SCHEMA.TABLE.rejects.csv; the current
    /// folder by default.
    /// </summary>
    public string? RejectPath { get; init; }

    /// <summary>Columns that say which rows are the same, for Upsert and OnConflict: those of a unique index; the primary key by default.</summary>
    public IReadOnlyList<string>? KeyColumn { get; init; }

    /// <summary>Column in which a newer row has the greater value: only newer rows replace what is there.</summary>
    public string? VersionColumn { get; init; }

    /// <summary>What happens to rows whose key is there already; Error by default, Update with Mode Upsert.</summary>
    public BulkLoadConflict? OnConflict { get; init; }

    /// <summary>What Append and Upsert do with the table's secondary indexes; Auto by default.</summary>
    public AppendIndexes AppendIndexes { get; init; }

    /// <summary>Keep the replaced table under another name, which the result states.</summary>
    public bool KeepPrevious { get; init; }

    /// <summary>Load even if the server seems to have too little space left.</summary>
    public bool SkipSpaceCheck { get; init; }

    /// <summary>Leave out VACUUM (FREEZE, ANALYZE).</summary>
    public bool SkipVacuum { get; init; }

    /// <summary>Forget an unfinished or finished load of the table and begin anew.</summary>
    public bool Restart { get; init; }
}

/// <summary>What a load does to rows that are there already.</summary>
public enum BulkLoadMode
{
    /// <summary>Fills a stage table and swaps it in: afterwards the table holds exactly the loaded rows.</summary>
    Replace,

    /// <summary>Adds the rows to the table.</summary>
    Append,

    /// <summary>Adds rows with new keys and updates those whose key is there already.</summary>
    Upsert,
}

/// <summary>What a load that adds rows to a table does with its secondary indexes; unique ones always stay.</summary>
public enum AppendIndexes
{
    /// <summary>Decides by the rows to come, the rows that are there and the kind of each index.</summary>
    Auto,

    /// <summary>Keeps them in place.</summary>
    Keep,

    /// <summary>Drops them and builds them again at the end, so that no query can use them meanwhile.</summary>
    Rebuild,
}

/// <summary>What a load does with a row whose key is in the table already.</summary>
public enum BulkLoadConflict
{
    /// <summary>It is an error, as any row that the server refuses.</summary>
    Error,

    /// <summary>It is left out.</summary>
    Ignore,

    /// <summary>It updates the row that is there; columns that the input does not have keep their values.</summary>
    Update,
}

/// <summary>What the first line of a CSV file is.</summary>
public enum CsvHeader
{
    /// <summary>Names of columns, in any order; a name that is no column of the table is an error.</summary>
    Match,

    /// <summary>Something to skip.</summary>
    Skip,

    /// <summary>Data.</summary>
    None,
}

/// <summary>How a load is proved before its table is swapped in.</summary>
public enum LoadProof
{
    /// <summary>The table has exactly as many rows as were loaded.</summary>
    Count,

    /// <summary>The table, read back as a whole, has exactly the rows that were sent.</summary>
    Content,
}
