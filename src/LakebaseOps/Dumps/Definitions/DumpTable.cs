namespace LakebaseOps.Dumps.Definitions;

/// <summary>A table whose rows are dumped.</summary>
/// <param name="Table">Its name.</param>
/// <param name="Oid">Its oid on the source.</param>
/// <param name="Columns">Columns that COPY carries, in order: neither dropped nor generated ones. May be empty.</param>
/// <param name="HeapBytes">Bytes of its main fork.</param>
/// <param name="TotalBytes">Bytes with TOAST, without indexes.</param>
/// <param name="EstimatedRows">Rows as the planner thinks; 0 when nothing is known.</param>
internal sealed record DumpTable(
    TableName Table, uint Oid, IReadOnlyList<string> Columns, long HeapBytes, long TotalBytes, long EstimatedRows)
{
    /// <summary>Column types as format_type says them, beside <see cref="Columns"/>.</summary>
    public IReadOnlyList<string> Types { get; init; } = [];

    /// <summary>What of each column's binary values is the server's own: <see cref="Restoring.OidMask"/>; empty for nothing.</summary>
    public IReadOnlyList<string> Masks { get; init; } = [];

    /// <summary>Columns that refer to objects of their server by oid: <see cref="ServerBound"/>.</summary>
    public IReadOnlyList<string> NameColumns { get; init; } = [];

    /// <summary>Columns with plain oids.</summary>
    public IReadOnlyList<string> OidColumns { get; init; } = [];

    /// <summary>True where the table's storage has no pages to cut at (foreign or other access methods): it is read in one piece.</summary>
    public bool IsWhole { get; init; }
}
