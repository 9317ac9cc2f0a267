using LakebaseOps.Dumps.Definitions;

namespace LakebaseOps.Dumps.Folders;

/// <summary>A table of a dump.</summary>
internal sealed record ManifestTable
{
    /// <summary>Schema.</summary>
    public required string Schema { get; init; }

    /// <summary>Name.</summary>
    public required string Name { get; init; }

    /// <summary>Oid at the source.</summary>
    public uint Oid { get; init; }

    /// <summary>Columns in the order of the rows' fields.</summary>
    public required IReadOnlyList<string> Columns { get; init; }

    /// <summary>Their types.</summary>
    public required IReadOnlyList<string> Types { get; init; }

    /// <summary>Columns that refer to objects of their server (regclass and its kind), here by name; null for none.</summary>
    public IReadOnlyList<string>? NameColumns { get; init; }

    /// <summary>
    /// What of each column's values counts as zeros in the hash, since it is another server's own: the oids of types within arrays ("[]") and
    /// composites ("(,)"); null for nothing.
    /// </summary>
    public IReadOnlyList<string>? Masks { get; init; }

    /// <summary>Rows.</summary>
    public required long Rows { get; init; }

    /// <summary>Sum of the hashes of all rows modulo 2^128, 32 hexadecimal digits; says nothing about their order.</summary>
    public required string Hash { get; init; }

    /// <summary>Bytes of its main fork at the source.</summary>
    public long HeapBytes { get; init; }

    /// <summary>Bytes with TOAST at the source.</summary>
    public long TotalBytes { get; init; }

    /// <summary>Its pieces, by number.</summary>
    public required IReadOnlyList<ManifestChunk> Chunks { get; init; }

    /// <summary>The table as restores know it.</summary>
    public DumpTable ToTable() => new(new TableName(Schema, Name), Oid, Columns, HeapBytes, TotalBytes, Rows) { Types = Types, NameColumns = NameColumns ?? [] };
}

/// <summary>A file of rows.</summary>
internal sealed record ManifestChunk
{
    /// <summary>Number within the table, from 0.</summary>
    public required int Number { get; init; }

    /// <summary>Path within the dump, with '/'.</summary>
    public required string File { get; init; }

    /// <summary>How it is packed.</summary>
    public required DumpCompression Codec { get; init; }

    /// <summary>Rows.</summary>
    public required long Rows { get; init; }

    /// <summary>Bytes unpacked.</summary>
    public required long Bytes { get; init; }

    /// <summary>Bytes of the file.</summary>
    public required long StoredBytes { get; init; }

    /// <summary>SHA-256 of the file.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Sum of the hashes of its rows.</summary>
    public required string Hash { get; init; }

    /// <summary>First page of the table that it holds; null when it holds the table whole.</summary>
    public long? FromPage { get; init; }

    /// <summary>Behind its last page; null for all that follow.</summary>
    public long? ToPage { get; init; }

    /// <summary>The snapshot it was read in, where that is not the dump's own: then the dump is not consistent.</summary>
    public string? Snapshot { get; init; }
}

/// <summary>An object of a dump; its SQL lies in the file of its section.</summary>
internal sealed record ManifestObject
{
    /// <summary>Before or after the rows.</summary>
    public required DumpSection Section { get; init; }

    /// <summary>What it is.</summary>
    public required string Kind { get; init; }

    /// <summary>Its schema; empty for what lies in none.</summary>
    public required string Schema { get; init; }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Role that owns it.</summary>
    public string? Owner { get; init; }

    /// <summary>The statement that makes that role own it.</summary>
    public string? OwnerSql { get; init; }

    /// <summary>The table, view or sequence that it belongs to or is.</summary>
    public TableName? Relation { get; init; }

    /// <summary>Tables that it needs besides.</summary>
    public IReadOnlyList<TableName>? Needs { get; init; }

    /// <summary>Other objects that it needs.</summary>
    public IReadOnlyList<string>? NeedsObjects { get; init; }

    /// <summary>Where its SQL begins in the section's file, in bytes.</summary>
    public required long Offset { get; init; }

    /// <summary>Bytes of its SQL.</summary>
    public required int Length { get; init; }
}

/// <summary>A file of a dump that holds no rows.</summary>
internal sealed record ManifestFile
{
    /// <summary>Path within the dump, with '/'.</summary>
    public required string Name { get; init; }

    /// <summary>Bytes.</summary>
    public required long Bytes { get; init; }

    /// <summary>SHA-256.</summary>
    public required string Sha256 { get; init; }
}
