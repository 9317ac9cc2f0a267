using LakebaseOps.Dumps.Definitions;

namespace LakebaseOps.Dumps.Restoring;

/// <summary>Where a restore takes objects and rows from: a folder, or the very database that is copied.</summary>
internal interface IDumpSource : IAsyncDisposable
{
    /// <summary>One of a kind for these contents: what a resumed restore must find again.</summary>
    string Id { get; }

    /// <summary>Where the contents are from.</summary>
    DumpOrigin Origin { get; }

    /// <summary>Objects and tables.</summary>
    DatabaseDefinition Definition { get; }

    /// <summary>Form of the rows that <see cref="OpenAsync"/> answers with.</summary>
    DumpDataFormat DataFormat => DumpDataFormat.Binary;

    /// <summary>The pieces of a table's rows; every row is in exactly one.</summary>
    IReadOnlyList<DumpChunk> Chunks(DumpTable table);

    /// <summary>
    /// The rows of a piece as a stream of COPY … (FORMAT binary) (or csv, by <see cref="DataFormat"/>) with header and trailer, in the order of <see cref="DumpTable.Columns"/>.
    /// Reading to the end checks what can be checked (checksum, rows) and throws where it does not hold.
    /// </summary>
    Task<Stream> OpenAsync(DumpTable table, DumpChunk chunk, CancellationToken cancellationToken);
}
