namespace LakebaseOps.Dumps.Restoring;

/// <summary>A piece of a table's rows.</summary>
/// <param name="Number">Its number within the table, from 0.</param>
/// <param name="Bytes">Its size as COPY binary in bytes, where it is known; else an estimate.</param>
internal sealed record DumpChunk(int Number, long Bytes)
{
    /// <summary>Rows; null when the source does not know before it has read them.</summary>
    public long? Rows { get; init; }
}
