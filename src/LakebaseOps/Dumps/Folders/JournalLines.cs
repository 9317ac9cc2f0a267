namespace LakebaseOps.Dumps.Folders;

/// <summary>What a dump that is not completed is of; a rerun must ask for the same.</summary>
internal sealed record JournalHead
{
    /// <summary>Says what kind of file it is.</summary>
    public string Format { get; init; } = DumpManifest.FormatName;

    /// <summary>Version of the format.</summary>
    public int Version { get; init; } = DumpManifest.NewestVersion;

    /// <summary>The database and the snapshot.</summary>
    public required ManifestSource Source { get; init; }

    /// <summary>What tells this database from every other, also from one of the same name or restored from it.</summary>
    public required string Identity { get; init; }

    /// <summary>What was asked for.</summary>
    public required ManifestSelection Selection { get; init; }

    /// <summary>Form of the rows.</summary>
    public required DumpDataFormat DataFormat { get; init; }

    /// <summary>How chunks are packed.</summary>
    public required DumpCompression Compression { get; init; }
}

/// <summary>A chunk that is on the disk.</summary>
/// <param name="Table">Its table.</param>
/// <param name="Oid">Oid of the table.</param>
/// <param name="Columns">Its columns.</param>
/// <param name="Types">Their types.</param>
/// <param name="Snapshot">The snapshot it was read in.</param>
/// <param name="Chunk">What is there.</param>
internal sealed record JournalChunk(
    TableName Table, uint Oid, IReadOnlyList<string> Columns, IReadOnlyList<string> Types, string Snapshot, ManifestChunk Chunk);
