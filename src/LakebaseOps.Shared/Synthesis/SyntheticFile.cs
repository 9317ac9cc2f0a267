namespace LakebaseOps;

/// <summary>The parameters of New-LakebaseSyntheticData.</summary>
public sealed record NewSyntheticDataOptions
{
    /// <summary>Folder for the files; made when it does not exist.</summary>
    public required string Path { get; init; }

    /// <summary>Definitions of tables.</summary>
    public IReadOnlyList<TableDefinition> Definition { get; init => field = Indexable.Of(value); } = [];

    /// <summary>Files of DDL that describe the tables; wildcards allowed.</summary>
    public IReadOnlyList<string> DdlPath { get; init => field = Indexable.Of(value); } = [];

    /// <summary>A known set of tables.</summary>
    public FeatureWorkload? Workload { get; init; }

    /// <summary>Only tables of these names; wildcards allowed. Not given: all.</summary>
    public IReadOnlyList<string> Table { get; init => field = Indexable.Of(value); } = [];

    /// <summary>Rows of each table; not given: the real size of a workload's table times <see cref="Scale"/>.</summary>
    public long? Rows { get; init; }

    /// <summary>Share of the workload's real rows; about 3 million rows in all by default.</summary>
    public double? Scale { get; init; }

    /// <summary>Start of all randomness; the same seed gives the same rows. 1 by default.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>Share of NULLs in columns that allow them, 0 to 1; none by default.</summary>
    public double NullShare { get; init; }

    /// <summary>Tables of one entity have the same keys; by default the workload's entity, else each table's own name.</summary>
    public string? Entity { get; init; }

    /// <summary>Files for each table; 1 by default.</summary>
    public int FileCount { get; init; } = 1;

    /// <summary>Compress the files with gzip.</summary>
    public bool Gzip { get; init; }

    /// <summary>Files written at the same time; by default one for each processor.</summary>
    public int? ThrottleLimit { get; init; }

    /// <summary>Replace files that exist.</summary>
    public bool Force { get; init; }
}

/// <summary>A file of made-up rows.</summary>
public sealed record SyntheticFile
{
    /// <summary>Full path of the file; binds to -LiteralPath by property name.</summary>
    public required string LiteralPath { get; init; }

    /// <summary>The table that the rows are for; binds to -Table by property name.</summary>
    public required string Table { get; init; }

    /// <summary>Rows in the file, the header not counted.</summary>
    public long Rows { get; init; }

    /// <summary>Size of the file.</summary>
    public long SizeBytes { get; init; }

    /// <summary>How long writing it took.</summary>
    public TimeSpan Duration { get; init; }
}
