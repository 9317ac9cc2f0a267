namespace LakebaseOps;

/// <summary>A table as DDL describes it or as the catalog holds it.</summary>
public sealed record TableDefinition
{
    /// <summary>Schema and name.</summary>
    public required TableName Name { get; init; }

    /// <summary>The name as text; binds to -Table by property name.</summary>
    public string Table => Name.ToString();

    /// <summary>Columns in order.</summary>
    public IReadOnlyList<ColumnDefinition> Columns { get; init => field = Indexable.Of(value); } = [];

    /// <summary>All indexes, that of the primary key included.</summary>
    public IReadOnlyList<IndexDefinition> Indexes { get; init => field = Indexable.Of(value); } = [];

    /// <summary>Check, foreign key, unique, primary key and exclusion constraints.</summary>
    public IReadOnlyList<ConstraintDefinition> Constraints { get; init => field = Indexable.Of(value); } = [];

    /// <summary>Storage settings, e.g. fillfactor=90.</summary>
    public IReadOnlyList<string> StorageSettings { get; init => field = Indexable.Of(value); } = [];

    /// <summary>The table's comment.</summary>
    public string? Comment { get; init; }

    /// <summary>Rows as the catalog estimates them; -1 when never analysed or not read from a server.</summary>
    public long EstimatedRows { get; init; } = -1;

    /// <summary>Rows counted, where that was asked for; else null.</summary>
    public long? ExactRows { get; init; }

    /// <summary>Bytes of the heap and TOAST; 0 when not read from a server.</summary>
    public long HeapBytes { get; init; }

    /// <summary>Bytes of all indexes; 0 when not read from a server.</summary>
    public long IndexBytes { get; init; }

    /// <summary>Owner; null when not read from a server.</summary>
    public string? Owner { get; init; }

    /// <summary>Name of the session it was read from; binds to -Session by property name.</summary>
    public string? Session { get; init; }

    /// <summary>The primary key's index, or null.</summary>
    public IndexDefinition? PrimaryKey => Indexes.FirstOrDefault(index => index.IsPrimary);
}

/// <summary>One column.</summary>
/// <param name="Name">Column name.</param>
/// <param name="Type">The type as PostgreSQL's format_type writes it, e.g. "numeric(18,2)".</param>
public sealed record ColumnDefinition(string Name, string Type)
{
    /// <summary>True when NULL is refused.</summary>
    public bool NotNull { get; init; }

    /// <summary>Default expression, or the generation expression of a generated column.</summary>
    public string? Default { get; init; }

    /// <summary>"a" (always) or "d" (by default) for an identity column, else null.</summary>
    public string? Identity { get; init; }

    /// <summary>Options of the identity column's sequence as SQL, e.g. "INCREMENT BY 10"; null for the usual ones.</summary>
    public string? IdentityOptions { get; init; }

    /// <summary>True for a generated column, which no load may write.</summary>
    public bool IsGenerated { get; init; }

    /// <summary>True for a generated column that is computed when it is read (PostgreSQL 18) rather than stored.</summary>
    public bool IsVirtual { get; init; }

    /// <summary>Collation as SQL, where it differs from the type's own.</summary>
    public string? Collation { get; init; }

    /// <summary>The column's comment.</summary>
    public string? Comment { get; init; }
}

/// <summary>One index.</summary>
public sealed record IndexDefinition
{
    /// <summary>Name within the table's schema; empty when the server is to choose it.</summary>
    public required string Name { get; init; }

    /// <summary>Access method, e.g. "btree".</summary>
    public string Method { get; init; } = "btree";

    /// <summary>Key columns or expressions as SQL (identifiers quoted where needed), in order, each with its options.</summary>
    public IReadOnlyList<string> Keys { get; init => field = Indexable.Of(value); } = [];

    /// <summary>INCLUDE columns as SQL.</summary>
    public IReadOnlyList<string> Include { get; init => field = Indexable.Of(value); } = [];

    /// <summary>True when duplicates are refused.</summary>
    public bool IsUnique { get; init; }

    /// <summary>True for the primary key.</summary>
    public bool IsPrimary { get; init; }

    /// <summary>Name of the constraint it backs (primary key, unique, exclusion), or null.</summary>
    public string? Constraint { get; init; }

    /// <summary>Predicate of a partial index as SQL, or null.</summary>
    public string? Predicate { get; init; }

    /// <summary>True when a unique index takes two NULLs for equal.</summary>
    public bool NullsNotDistinct { get; init; }

    /// <summary>Storage settings, e.g. fillfactor=90.</summary>
    public IReadOnlyList<string> StorageSettings { get; init => field = Indexable.Of(value); } = [];

    /// <summary>The index's comment.</summary>
    public string? Comment { get; init; }

    /// <summary>Everything after the table name in CREATE INDEX as the catalog gives it, e.g. "USING btree (a) WITH (fillfactor='90')"; null when from DDL.</summary>
    public string? Clause { get; init; }

    /// <summary>False when a concurrent build left it unusable.</summary>
    public bool IsValid { get; init; } = true;

    /// <summary>Size in bytes; 0 when not read from a server.</summary>
    public long SizeBytes { get; init; }
}

/// <summary>One constraint.</summary>
/// <param name="Name">Constraint name; empty when the server is to choose it.</param>
/// <param name="Kind">"check", "foreign key", "unique", "primary key" or "exclusion".</param>
/// <param name="Definition">The definition as SQL, as pg_get_constraintdef writes it.</param>
public sealed record ConstraintDefinition(string Name, string Kind, string Definition)
{
    /// <summary>The constraint's comment.</summary>
    public string? Comment { get; init; }
}
